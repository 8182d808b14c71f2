#!/usr/bin/env python3
"""Annotated copies as other programs see them.

    GOUJI_CORPUS=all GOUJI_CORPUS_OUT=DIR cargo test --test annotate_corpus
    .ci/long/annotate_corpus.py DIR ORIGINALS [--validator FILE] [--soffice PROFILE] [--every N]

For each copy in DIR (named after its path below ORIGINALS, "/" as "__"):
  openpyxl     reads the same values and formulas from copy and original;
  validator    Microsoft's Open XML SDK validator finds no error that the original does not have;
  soffice      LibreOffice opens and converts it.
Prints one line a failure, and the counts; the exit code is 1 when there is any failure.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings
from collections import Counter

import openpyxl


def plain(value):
    """Array and table formulas are objects that compare by identity."""
    return sorted(vars(value).items(), key=str) if hasattr(value, "__dict__") else value


def contents(path):
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: {
            cell.coordinate: plain(cell.value)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }


def same_values(original, copy):
    try:
        before = contents(original)
    except Exception as error:  # openpyxl fails on many odd files in many ways
        return f"left out: openpyxl cannot read the original ({type(error).__name__})"
    after = contents(copy)
    for name, cells in before.items():
        if after.get(name) != cells:
            return f"values of {name} differ"
    return None


def errors(validator, path):
    run = subprocess.run([validator, str(path), "Microsoft365"], capture_output=True, text=True, timeout=300)
    try:
        found = json.loads(run.stdout[run.stdout.index("{"):])
    except ValueError:
        return None
    return Counter(
        tuple(str(error.get(key) or "")[:90] for key in ("id", "part", "description"))
        for error in found["errors"]
    )


def new_errors(validator, original, copy):
    before, after = errors(validator, original), errors(validator, copy)
    if before is None:
        return "left out: the validator cannot read the original"
    if after is None:
        return "the validator cannot read the copy"
    if sum(after.values()) > sum(before.values()):
        return f"{sum(after.values())} errors, {sum(before.values())} before: {list((after - before).items())[:2]}"
    return None


def converts(profile, copies):
    """Those that LibreOffice does not convert."""
    bad = []
    for at in range(0, len(copies), 20):
        batch = copies[at : at + 20]
        with tempfile.TemporaryDirectory() as out:
            links = pathlib.Path(out, "in")
            links.mkdir()
            for number, path in enumerate(batch):
                (links / f"{number}{path.suffix.lower()}").symlink_to(path.resolve())
            subprocess.run(
                ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "ods",
                 "--outdir", out, *map(str, sorted(links.iterdir()))],
                capture_output=True, timeout=900, check=False,
            )
            bad += [path for number, path in enumerate(batch) if not pathlib.Path(out, f"{number}.ods").exists()]
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("copies", type=pathlib.Path)
    parser.add_argument("originals", type=pathlib.Path)
    parser.add_argument("--validator")
    parser.add_argument("--soffice")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    copies = sorted(arguments.copies.iterdir())[:: arguments.every]
    counts, failures = Counter(), 0
    for copy in copies:
        original = arguments.originals / copy.name.replace("__", "/")
        if not original.exists():
            # Names that hold "__" themselves.
            original = next((path for path in arguments.originals.rglob("*")
                             if str(path.relative_to(arguments.originals)).replace("/", "__") == copy.name), None)
        ods = copy.suffix.lower() == ".ods"
        checks = {} if ods else {"openpyxl": same_values}
        if arguments.validator and not ods:
            checks["validator"] = lambda a, b: new_errors(arguments.validator, a, b)
        for name, check in checks.items():
            try:
                result = check(original, copy)
            except Exception as error:
                result = f"{type(error).__name__}: {error}"
            if result is None:
                counts[name, "right"] += 1
            elif result.startswith("left out"):
                counts[name, "left out"] += 1
                print(f"{name} {copy.name} {result}", flush=True)
            else:
                counts[name, "wrong"] += 1
                failures += 1
                print(f"{name} {copy.name} WRONG {result}", flush=True)
    if arguments.soffice:
        bad = converts(arguments.soffice, copies)
        counts["soffice", "right"] += len(copies) - len(bad)
        originals = []
        for copy in bad:
            original = arguments.originals / copy.name.replace("__", "/")
            originals.append(original)
        neither = {path.name for path in converts(arguments.soffice, [p for p in originals if p.exists()])}
        for copy, original in zip(bad, originals):
            if original.name in neither:
                counts["soffice", "left out"] += 1
                print(f"soffice {copy.name} left out: neither the original")
            else:
                counts["soffice", "wrong"] += 1
                failures += 1
                print(f"soffice {copy.name} WRONG")
    for (name, what), count in sorted(counts.items()):
        print(f"{name}: {count} {what}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
