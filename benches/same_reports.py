#!/usr/bin/env python3
"""Whether two builds of gouji say the same: their reports, byte by byte.

A change for speed must change nothing else. Runs `gouji check` of both on every workbook of some folders, each alone and,
with --packets, the workbooks of each folder together, and compares what they print; --convert compares the .csv that
`gouji convert` makes of each folder. Ends with 1 where anything differs.

    python3 benches/same_reports.py OLD NEW FOLDER... [--every N] [--format json] [--packets] [--convert] [--timeout SECONDS]
"""

import argparse
import filecmp
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ENDINGS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".ods", ".fods", ".csv", ".xml", ".html", ".htm", ".docx"}


def said(program, files, options):
    """What a check prints, and how it ends; None where it takes too long."""
    command = [program, "check", "--fail-on", "never", "--format", options.format, *files]
    try:
        done = subprocess.run(command, capture_output=True, timeout=options.timeout)
    except subprocess.TimeoutExpired:
        return None
    return done.returncode, done.stdout, done.stderr


def converted(program, folder, options):
    """The .csv of a folder's workbooks, by name."""
    with tempfile.TemporaryDirectory() as out:
        command = [program, "convert", folder, "-o", out, "--to", "csv,jsonl"]
        subprocess.run(command, capture_output=True, timeout=options.timeout * 100, check=False)
        return {path.name: path.read_bytes() for path in Path(out).glob("*.*") if path.suffix in {".csv", ".jsonl"}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take only every Nth file")
    parser.add_argument("--format", default="json")
    parser.add_argument("--packets", action="store_true")
    parser.add_argument("--convert", action="store_true")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    if filecmp.cmp(options.old, options.new, shallow=False):
        sys.exit("both programs are the same file")
    files = []
    for folder in options.folders:
        files += sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    groups = [[path] for path in files[:: options.every]]
    if options.packets:
        for folder in sorted({path.parent for path in files}):
            groups.append([path for path in files if path.parent == folder])

    def compare(group):
        return group, said(options.old, group, options), said(options.new, group, options)

    different = slow = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for group, old, new in pool.map(compare, groups):
            name = group[0] if len(group) == 1 else f"{group[0].parent} ({len(group)} files)"
            if old is None or new is None:
                slow += 1
                print(f"too slow: {name}: {'' if old else 'old '}{'' if new else 'new'}", flush=True)
            elif old != new:
                different += 1
                print(f"different: {name}", flush=True)
    if options.convert:
        for folder in options.folders:
            old, new = (converted(program, folder, options) for program in (options.old, options.new))
            for name in sorted(old.keys() | new.keys()):
                if old.get(name) != new.get(name):
                    different += 1
                    print(f"different: {name} of {folder}", flush=True)
    print(f"{len(groups)} checks, {different} different, {slow} too slow")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
