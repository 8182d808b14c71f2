#!/usr/bin/env python3
"""An archive of many small workbooks, one in a hundred of them hostile: all good ones done, each bad one listed with its code.

    .ci/long/archive.py [--files 20000] [--program target/release/gouji] [--real FOLDER] [--keep FOLDER] [--make-only]

Makes the tree, converts it to csv, compares every figure of every good workbook and the code of every bad one, and prints
files a second and the peak memory of the run with its children. With --others: openpyxl (and LibreOffice, if there) read a
sample of the same files.
"""

import argparse
import csv
import functools
import io
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def packed(sheet, method=zipfile.ZIP_DEFLATED, **other):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet, **other}.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text if isinstance(text, str) else text)
    return out.getvalue()


def worksheet(rows):
    def cell(row, column, value):
        place = f"{chr(65 + column)}{row}"
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value / 100:.2f}</v></c>'

    body = "".join(
        f'<row r="{at}">' + "".join(cell(at, column, value) for column, value in enumerate(row) if value is not None) + "</row>"
        for at, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{SHEET}"><sheetData>{body}</sheetData></worksheet>'


def good(number, chance):
    """A workbook, and its figures by cell, in hundredths."""
    rows = [
        [f"柳河县{number % 37}局{2015 + number % 10}年支出表"],
        [None, None, "单位：万元"],
        ["项目", "年初预算数", "支出决算数"],
    ]
    for line in range(8 + number % 13):
        rows.append([f"项目{number}-{line}", chance.randrange(100, 999_999), chance.randrange(100, 999_999)])
    rows.append(["合计", *(sum(row[column] for row in rows[3:]) for column in (1, 2))])
    figures = {f"{chr(65 + column)}{at}": row[column] for at, row in enumerate(rows, 1) if at > 3 for column in (1, 2)}
    return packed(worksheet(rows)), figures


@functools.cache
def unfolding():
    return packed(f'<worksheet xmlns="{SHEET}"><sheetData>' + " " * (600 << 20))


def bomb(number):
    """A sheet that unfolds to 600 MiB; bombs differ by the archive's comment."""
    comment = str(number).encode()
    return unfolding()[:-2] + len(comment).to_bytes(2, "little") + comment


def hostile(number):
    """What a bad file is called, its bytes, the codes that are right for it, and its ending."""
    whole = packed(worksheet([["项目", "金额"], ["甲", number + 1]]))
    kinds = [
        ("photo", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(number % 251 for _ in range(64)), {"not_a_workbook"}, "xlsx"),
        ("empty", b"", {"empty", "truncated"}, "xlsx"),
        ("cut", whole[: len(whole) // 2 + number % 40], {"truncated"}, "xlsx"),
        ("bomb", bomb(number), {"too_large", "hostile"}, "xlsx"),
        ("entities", packed(f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet xmlns="{SHEET}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;{number}</t></is></c></row></sheetData></worksheet>'), {"hostile", "truncated"}, "xlsx"),
        ("deep", packed(f'<worksheet xmlns="{SHEET}">' + "<a>" * (200_000 + number)), {"hostile", "too_large", "damaged"}, "xlsx"),
        ("page", f"<html><body><h1>404 {number}</h1></body></html>".encode(), {"not_a_workbook", "unsupported_format"}, "xls"),
        ("compound", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + number.to_bytes(8, "little") * 64, {"damaged", "truncated", "not_a_workbook"}, "xls"),
        ("noise", random.Random(number).randbytes(4_096), {"not_a_workbook", "unknown_encoding"}, "csv"),
        ("archive", packed(worksheet([["x"]]))[:-22] + b"PK\x05\x06" + bytes(14) + number.to_bytes(4, "little"), {"truncated", "hostile", "not_a_workbook"}, "xlsx"),
    ]
    return kinds[number % len(kinds)]


def make(folder, files):
    chance = random.Random(7)
    figures, codes = {}, {}
    for number in range(files):
        place = folder / str(2015 + number % 10) / f"{number % 37:02}"
        place.mkdir(parents=True, exist_ok=True)
        if number % 100 == 99:
            name, data, allowed, ending = hostile(number // 100)
            path = place / f"{number:05}-{name}.{ending}"
            codes[path.as_posix()] = allowed
        else:
            data, figures_of = good(number, chance)
            path = place / f"{number:05}.xlsx"
            figures[path.as_posix()] = figures_of
        path.write_bytes(data)
    return figures, codes


class Memory(threading.Thread):
    """The most that a program and its children held together, in MiB, looked at five times a second (Linux)."""

    def __init__(self, program):
        super().__init__(daemon=True)
        self.program, self.most = pathlib.Path(program).resolve(), 0

    def run(self):
        while True:
            held = 0
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    if (process / "exe").resolve() == self.program:
                        held += int((process / "statm").read_text().split()[1]) * resource.getpagesize()
                except (OSError, IndexError):
                    pass
            self.most = max(self.most, held >> 20)
            time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--program", default=str(ROOT / "target/release/gouji"))
    parser.add_argument("--real", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--make-only", action="store_true")
    parser.add_argument("--others", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp(prefix="gouji-archive-"))
    tree, out = folder / "tree", folder / "out"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    figures, codes = make(tree, arguments.files)
    print(f"{len(figures)} good, {len(codes)} hostile files in {tree}", flush=True)
    if arguments.make_only:
        return 0
    paths = [str(tree)] + ([str(arguments.real)] if arguments.real else [])
    memory = Memory(arguments.program)
    memory.start()
    started = time.monotonic()
    done = subprocess.run([arguments.program, "convert", *paths, "-o", str(out), "--to", "csv,parquet"])
    took = time.monotonic() - started
    print(f"{len(figures) + len(codes)} files in {took:.1f} s: {(len(figures) + len(codes)) / took:.0f} a second; at most {memory.most} MiB in all processes")
    wrong = [] if done.returncode == 0 else [f"exit code {done.returncode}"]
    names = {}
    seen = {}
    with open(out / "files.csv", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            names[row["file_id"]] = row["path"]
            seen[row["path"]] = row
    for path, allowed in codes.items():
        row = seen.get(path)
        if row is None or row["error_code"] not in allowed or row["status"] not in ("refused", "killed"):
            wrong.append(f"{path}: {row and (row['status'], row['error_code'])}, should be one of {sorted(allowed)}")
    for path in figures:
        if path not in seen or seen[path]["status"] != "read":
            wrong.append(f"{path}: not read")
    found = {path: {} for path in figures}
    with open(out / "facts.csv", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            path = names[row["file_id"]]
            if path in found:
                found[path][row["cell"]] = row["value"]
    for path, truth in figures.items():
        is_ = {cell: round(float(value) * 100) for cell, value in found[path].items()}
        if is_ != truth:
            wrong.append(f"{path}: other figures")
    tally = {}
    for path, allowed in codes.items():
        key = (pathlib.Path(path).stem.split("-")[1], seen.get(path, {}).get("error_code"))
        tally[key] = tally.get(key, 0) + 1
    print(*(f"{kind}: {code} × {count}" for (kind, code), count in sorted(tally.items())), sep="\n")
    print(f"{len(wrong)} wrong", *wrong[:20], sep="\n")
    if arguments.others:
        others([path for path in figures][:500])
    if not arguments.keep:
        shutil.rmtree(folder)
    return bool(wrong)


def others(paths):
    try:
        import openpyxl

        started = time.monotonic()
        for path in paths:
            for row in openpyxl.load_workbook(path, read_only=True, data_only=True).active.iter_rows(values_only=True):
                pass
        print(f"openpyxl: {len(paths) / (time.monotonic() - started):.0f} files a second")
    except ImportError:
        print("openpyxl is not here")
    if shutil.which("soffice"):
        with tempfile.TemporaryDirectory() as out:
            some = paths[:100]
            started = time.monotonic()
            profile = f"-env:UserInstallation=file://{out}/profile"
            subprocess.run(["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", out, *some], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            print(f"LibreOffice: {len(some) / (time.monotonic() - started):.0f} files a second")


if __name__ == "__main__":
    sys.exit(main())
