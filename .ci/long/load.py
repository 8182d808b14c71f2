#!/usr/bin/env python3
"""What a crowd does to `gouji serve`: a large upload, a thousand silent sockets, fifty workbooks of 1 MB checked at once.

    .ci/long/load.py [PROGRAM]          needs xlsxwriter and Linux; prints figures, fails past the promised bounds

The workbooks are real: sheets of lines with totals of both directions, one of them wrong, so that a check has work to do
and its result can be told from an empty one.
"""

import http.client
import io
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import threading
import time

import xlsxwriter

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/gouji")
CROWD = 50
IDLE = 1_000
SECOND = 1.0


def workbook(seed):
    """About 1 MB: six sheets of 600 lines, 40 columns, a total below and a total at the right; one total is wrong."""
    chance = random.Random(seed)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for number in range(6):
            sheet = book.add_worksheet(f"支出{number + 1}")
            sheet.write(0, 0, "项目支出明细表")
            sheet.write(1, 0, "单位：万元")
            sheet.write_row(2, 0, ["项目", "合计"] + [f"{month + 1}月" for month in range(38)])
            totals = [0] * 39
            for line in range(600):
                cents = [chance.randrange(1_000_000) for _ in range(38)]
                row = [sum(cents), *cents]
                totals = [total + value for total, value in zip(totals, row)]
                sheet.write(3 + line, 0, f"第{line + 1}项")
                sheet.write_row(3 + line, 1, [value / 100 for value in row])
            if number == 0:
                totals[5] += 900
            sheet.write(603, 0, "合计")
            sheet.write_row(603, 1, [total / 100 for total in totals])
    return out.getvalue()


class Server:
    def __init__(self):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--no-open"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        url = self.process.stdout.readline().strip()
        self.host, token = re.fullmatch(r"http://(.*)/\?token=(.*)", url).groups()
        address, port = self.host.split(":")
        self.address = (address, int(port))
        self.headers = {"Host": self.host, "Cookie": f"gouji_{port}={token}", "X-Gouji": "1"}

    def ask(self, method, path, body=None, more=()):
        connection = http.client.HTTPConnection(self.host, timeout=120)
        connection.request(method, path, body, {**self.headers, **dict(more)})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def json(self, method, path, body=None, more=()):
        return json.loads(self.ask(method, path, body, more)[1] or "null")

    def page(self):
        """Seconds until the page is there."""
        begun = time.monotonic()
        status, body = self.ask("GET", "/")
        assert status == 200 and "勾稽".encode() in body, status
        return time.monotonic() - begun

    def check(self, name, book):
        """Seconds of upload and check, and the errors found."""
        begun = time.monotonic()
        job = self.json("POST", "/api/jobs")["id"]
        path = f"/api/jobs/{job}"
        status, _ = self.ask("PUT", f"{path}/files/0", book, {"X-Gouji-Name": name})
        assert status == 204, status
        while self.ask("POST", f"{path}/check", "{}")[0] == 503:
            time.sleep(1)
        while (state := self.json("GET", path))["state"] in ("waiting", "running"):
            time.sleep(0.1)
        assert state["state"] == "done", state
        seconds = time.monotonic() - begun
        return seconds, self.json("GET", f"{path}/view")["summary"]["error"]

    def children(self):
        """Seconds that the processors spent in children so far: what a check costs, however busy the machine is."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) // 1024


def large_upload(server):
    job = server.json("POST", "/api/jobs")["id"]
    head = "".join(f"{name}: {value}\r\n" for name, value in server.headers.items())
    begun = time.monotonic()
    with socket.create_connection(server.address) as stream:
        stream.sendall(
            f"PUT /api/jobs/{job}/files/0 HTTP/1.1\r\n{head}X-Gouji-Name: a\r\nContent-Length: {200 << 20}\r\n\r\n".encode()
        )
        answer = stream.recv(4096).split(b"\r\n")[0].decode()
    seconds = time.monotonic() - begun
    print(f"200 MB upload: {answer} after {seconds:.3f} s")
    assert " 413 " in answer and seconds < SECOND


def idle_sockets(server):
    sockets = []
    for number in range(IDLE):
        stream = socket.create_connection(server.address)
        if number % 2:
            stream.sendall(b"GET / HTTP/1.1\r\nHost: ")
        sockets.append(stream)
    slowest = max(server.page() for _ in range(20))
    print(f"{IDLE:,} idle sockets: the page answers within {slowest:.3f} s")
    assert slowest < SECOND
    for stream in sockets:
        stream.close()


def crowd(server):
    books = [workbook(seed) for seed in range(4)]
    seconds, errors = server.check("one.xlsx", books[0])
    alone = server.children()
    print(f"one workbook of {len(books[0]):,} bytes alone: {seconds:.2f} s ({alone:.2f} s of processor), {errors} error found")
    assert errors >= 1
    done = []

    def one(number):
        done.append(server.check(f"{number}.xlsx", books[number % len(books)]))

    begun = time.monotonic()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(CROWD)]
    for thread in threads:
        thread.start()
    slowest = 0
    while any(thread.is_alive() for thread in threads):
        slowest = max(slowest, server.page())
        time.sleep(0.1)
    total = time.monotonic() - begun
    spent = server.children() - alone
    print(
        f"{CROWD} at once: all checked in {total:.1f} s ({spent:.1f} s of processor on {os.cpu_count()}); "
        f"meanwhile the page answers within {slowest:.3f} s; the server's memory peaks at {server.memory()} MiB"
    )
    assert len(done) == CROWD and all(errors >= 1 for _, errors in done), done
    assert slowest < SECOND


def main():
    server = Server()
    try:
        print(f"the page: {server.page():.3f} s")
        large_upload(server)
        idle_sockets(server)
        crowd(server)
    finally:
        server.process.terminate()
        assert server.process.wait(10) == 0, "ends cleanly"


main()
