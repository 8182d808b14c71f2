#!/usr/bin/env python3
"""Runs the program on every file of a folder, each in a child, and lists refusals over 64 MiB, hangs over 5 s, and crashes.

    .ci/long/refusals.py target/release/gouji ../shared/data/torture [made]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

PEAK_KIB, SECONDS, KILL_AFTER = 64 * 1024, 5.0, 120


def measure(program, path):
    """Exit status, whether the file was refused, seconds, peak in KiB."""
    with tempfile.TemporaryFile() as out:
        started = time.monotonic()
        child = subprocess.Popen([program, "check", "--format", "json", "--checks", "failing", str(path)], stdout=out, stderr=subprocess.DEVNULL)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - started > KILL_AFTER:
                child.kill()
            time.sleep(0.002)
        seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        try:
            error = json.load(out)["files"][0].get("error")
        except (ValueError, LookupError):
            error = None
    return child.returncode, error and error.get("code"), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def package(path, sheet, strings=None):
    head = '<?xml version="1.0"?>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", head + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>')
        archive.writestr("_rels/.rels", '<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>')
        for name, parts in (("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", strings or ["<sst/>"])):
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in parts:
                    part.write(piece.encode())


def made(folder):
    """The four files that the promise names."""
    rows = lambda *inner: ["<worksheet><sheetData>", *inner, "</sheetData></worksheet>"]
    package(folder / "corners.xlsx", rows('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'))
    package(folder / "row_2147483647.xlsx", rows('<row r="2147483647"><c><v>1</v></c></row>'))
    package(folder / "bomb_spaces.xlsx", rows(*[" " * (1 << 20)] * 512, '<row r="1"><c r="A1"><v>1</v></c></row>'))
    package(folder / "bomb_text.xlsx", rows('<row r="1"><c r="A1" t="inlineStr"><is><t>', *["0" * (1 << 20)] * 512, "</t></is></c></row>"))
    package(folder / "million_strings.xlsx", rows('<row r="1"><c r="A1" t="s"><v>999999</v></c></row>'), ["<sst>", *(f"<si><t>text {n}</t></si>" for n in range(1_000_000)), "</sst>"])


def main():
    program, *folders = sys.argv[1:]
    violations = files = refused = 0
    worst = {"peak": 0, "seconds": 0}
    for folder in folders:
        with tempfile.TemporaryDirectory() as scratch:
            if folder == "made":
                # In a process of its own: a child's peak counts what its parent held when it was forked.
                subprocess.run([sys.executable, __file__, "--make", scratch], check=True)
            paths = sorted(path for path in Path(scratch if folder == "made" else folder).rglob("*") if path.is_file())
            for path in paths:
                status, code, seconds, cpu, peak = measure(program, path)
                files += 1
                refused += code is not None
                broken = []
                if status not in (0, 1, 2):
                    broken.append(f"exit {status}")
                # On a loaded machine only time on the processor tells a hang.
                if cpu > SECONDS or seconds >= KILL_AFTER:
                    broken.append("slow")
                if code is not None and peak > PEAK_KIB:
                    broken.append("peak")
                if code is not None:
                    worst["peak"] = max(worst["peak"], peak)
                worst["seconds"] = max(worst["seconds"], cpu)
                violations += bool(broken)
                if broken or folder == "made":
                    print(f"{path}: {code or 'read'}, {seconds:.2f} s ({cpu:.2f} s on the processor), {peak / 1024:.0f} MiB {' '.join(broken).upper()} ({path.stat().st_size} bytes)", flush=True)
    print(f"{files} files, {refused} refused, {violations} violations; worst refusal {worst['peak'] / 1024:.0f} MiB, longest {worst['seconds']:.2f} s on the processor")
    return 1 if violations else 0


if sys.argv[1] == "--make":
    made(Path(sys.argv[2]))
else:
    sys.exit(main())
