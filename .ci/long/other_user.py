#!/usr/bin/env python3
"""Another user of the machine looks for what `gouji serve` keeps, while it runs and after it was killed; and at the next start.

    .ci/long/other_user.py target/release/gouji WORKBOOK

Needs root, which makes the other user by giving up its rights. Walks all of /proc and the temporary folder as that user, and
fails where it can open a file or list a folder of the server, or finds the token in the words of any process.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

OTHER = 65_534


def as_other(work):
    """What a function returns as another user, in a child of its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(OTHER)
        os.setuid(OTHER)
        os.write(write, json.dumps(work()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return json.loads(told)


def seen(place, token):
    """What is there to be read: files and lists of files below the server's folders, and words of processes."""
    found = []
    for folder in Path(place).glob("gouji-page-*"):
        try:
            found += [f"{folder}: {name}" for name in os.listdir(folder)]
        except PermissionError:
            continue
        for path in folder.rglob("*"):
            try:
                path.open("rb").read(1)
                found.append(f"read {path}")
            except (PermissionError, IsADirectoryError):
                pass
    for process in Path("/proc").glob("[0-9]*"):
        for part in ("cmdline", "environ"):
            try:
                if token.encode() in (process / part).read_bytes():
                    found.append(f"the token in {process / part}")
            except OSError:
                pass
    return found


def call(port, token, method, path, body=None, more=()):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Authorization": f"Bearer {token}", "X-Gouji": "1", **dict(more)})
    answer = connection.getresponse()
    return answer.status, answer.read()


def start(program, place):
    """A server whose temporary folder is `place`: its process, port and token."""
    server = subprocess.Popen(
        [program, "serve", "--no-open", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(place), "GOUJI_LANG": "en"},
    )
    os.set_blocking(server.stdout.fileno(), False)
    said = ""
    for _ in range(300):
        said += (server.stdout.read() or b"").decode()
        link = re.search(r"http://127\.0\.0\.1:(\d+)/\S*?([0-9a-f]{32,})", said)
        if link:
            return server, int(link[1]), link[2]
        time.sleep(0.1)
    sys.exit(f"the server gives no link: {said}")


def main():
    program, workbook = sys.argv[1:]
    if os.geteuid() != 0:
        print("skipped: only root can look as another user")
        return 0
    os.umask(0)
    broken = []
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        server, port, token = start(program, place)
        status, body = call(port, token, "POST", "/api/jobs")
        job = f"/api/jobs/{json.loads(body)['id']}"
        name = {"X-Gouji-Name": urllib.parse.quote(Path(workbook).name)}
        for method, path, body, more in (
            ("PUT", f"{job}/files/0", Path(workbook).read_bytes(), name),
            ("POST", f"{job}/check", b"{}", {"Content-Type": "application/json"}),
        ):
            status, told = call(port, token, method, path, body, more)
            if status >= 300:
                sys.exit(f"{method} {path}: {status} {told[:200]}")
        for _ in range(600):
            if json.loads(call(port, token, "GET", job)[1]).get("state") in ("done", "failed"):
                break
            time.sleep(0.1)
        own = [path for path in Path(place).rglob("*") if path.is_file()]
        if not own:
            sys.exit("the server kept nothing where it was looked for")
        broken += [f"running: {what}" for what in as_other(lambda: seen(place, token))]
        server.send_signal(signal.SIGKILL)
        server.wait()
        left = [path for path in Path(place).rglob("in-*")]
        broken += [f"killed: {what}" for what in as_other(lambda: seen(place, token))]
        again, _, _ = start(program, place)
        broken += [f"still there: {path}" for path in left if path.exists()]
        again.send_signal(signal.SIGTERM)
        again.wait(timeout=20)
        broken += [f"after the end: {path}" for path in Path(place).iterdir()]
    print("\n".join(broken) or "another user reads nothing of a running, killed or ended server")
    return 1 if broken else 0


sys.exit(main())
