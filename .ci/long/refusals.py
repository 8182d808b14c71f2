#!/usr/bin/env python3
"""Runs `inspect` and `check` on every file of a folder, each in a child; lists refusals over 64 MiB, hangs over 5 s, crashes.

    .ci/long/refusals.py target/release/gouji ../shared/data/torture [made]
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benches"))
import measured

PEAK_KIB, SECONDS, KILL_AFTER = 64 * 1024, 5.0, 120
MADE = "made"
MADE_FILES = {"corners.xlsx", "row_2147483647.xlsx", "bomb_spaces.xlsx", "bomb_text.xlsx", "million_strings.xlsx"}
COMMANDS = {"inspect": ["inspect", "--format", "json"], "check": ["check", "--format", "json", "--checks", "failing"]}


def measure(program, command, path):
    """Exit status, whether the file was refused, seconds, seconds on the processor, peak in KiB."""
    run = ["timeout", "-s", "KILL", str(KILL_AFTER), program, *command, str(path)]
    status, seconds, cpu, peak, out = measured.run(run)
    try:
        told = json.loads(out)
        error = told["files"][0].get("error")
    except (ValueError, LookupError):
        error = None
    # `inspect` tells the error in words, `check` with its code too.
    code = error.get("code") if isinstance(error, dict) else error
    return status, code, seconds, cpu, peak * 1024


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
    """The files that the promise names."""
    rows = lambda *inner: ["<worksheet><sheetData>", *inner, "</sheetData></worksheet>"]
    package(folder / "corners.xlsx", rows('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'))
    package(folder / "row_2147483647.xlsx", rows('<row r="2147483647"><c><v>1</v></c></row>'))
    package(folder / "bomb_spaces.xlsx", rows(*[" " * (1 << 20)] * 512, '<row r="1"><c r="A1"><v>1</v></c></row>'))
    package(folder / "bomb_text.xlsx", rows('<row r="1"><c r="A1" t="inlineStr"><is><t>', *["0" * (1 << 20)] * 512, "</t></is></c></row>"))
    package(folder / "million_strings.xlsx", rows('<row r="1"><c r="A1" t="s"><v>999999</v></c></row>'), ["<sst>", *(f"<si><t>text {n}</t></si>" for n in range(1_000_000)), "</sst>"])


def trial(program, command, path, worst):
    """Runs one command on one file; what it breaks."""
    status, code, seconds, cpu, peak = measure(program, COMMANDS[command], path)
    broken = []
    if status not in (0, 1, 2):
        broken.append(f"exit {status}")
    # On a loaded machine only time on the processor tells a hang.
    if cpu > SECONDS or seconds >= KILL_AFTER:
        broken.append("slow")
    if code is not None and peak > PEAK_KIB:
        broken.append("peak")
    kind = "read" if code is None else "refused"
    worst.setdefault((kind, "peak"), []).append((round(peak / 1024), f"{command} {path}"))
    worst.setdefault((kind, "seconds"), []).append((round(cpu, 2), f"{command} {path}"))
    if broken or path.name in MADE_FILES:
        print(f"{command} {path}: {code or 'read'}, {seconds:.2f} s ({cpu:.2f} s on the processor), {peak / 1024:.0f} MiB {' '.join(broken).upper()} ({path.stat().st_size} bytes)", flush=True)
    return bool(broken)


def main():
    program, *folders = sys.argv[1:]
    violations, worst = 0, {}
    for folder in folders:
        with tempfile.TemporaryDirectory() as scratch:
            if folder == MADE:
                made(Path(scratch))
            root = Path(scratch if folder == MADE else folder)
            paths = sorted(path for path in root.rglob("*") if path.is_file())
            for path in paths:
                for command in COMMANDS:
                    violations += trial(program, command, path, worst)
    for (kind, what), list in sorted(worst.items()):
        print(f"{kind}: {len(list)} runs; most {what}: " + "; ".join(f"{most} {name}" for most, name in sorted(list)[:-4:-1]))
    print(f"{violations} violations")
    return 1 if violations else 0


sys.exit(main())
