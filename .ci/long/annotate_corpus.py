#!/usr/bin/env python3
"""Annotated copies as other programs see them.

    GOUJI_CORPUS=all GOUJI_CORPUS_OUT=DIR cargo test --test annotate_corpus
    .ci/long/annotate_corpus.py DIR ORIGINALS [--validator FILE] [--soffice PROFILE] [--jobs N] [--every N [--first N]] [--known FILE]

For each copy in DIR (named after its path below ORIGINALS, "/" as "__"):
  parts        every part that no mark needs has the same SHA-256, read with Python's zipfile;
  openpyxl     reads the same values and formulas from copy and original;
  validator    Microsoft's Open XML SDK validator finds no error that the original does not have;
  soffice      LibreOffice opens and converts it, wherever it does so with the original.
What the validator says of the originals, which do not change, is kept in the file named by --known.
Prints one line for each failure and each copy left out, and the counts; the exit code is 1 when there is any failure.
"""

import argparse
import hashlib
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import openpyxl

# The parts that a mark or the sheet of results may have to change; all else must stay.
TOUCHABLE = re.compile(
    r"\[content_types\]\.xml|.*\.rels|.*workbook[^/]*\.xml|.*styles[^/]*\.xml|(.*/)?sheet\d*\.xml|.*sheets?/[^/]*\.xml|.*comments?[^/]*\.xml"
    r"|.*\.vml|content\.xml|meta-inf/manifest\.xml"
)
MEMORY = 3 << 30


def plain(value):
    """Array and table formulas are objects that compare by identity."""
    return sorted(vars(value).items(), key=str) if hasattr(value, "__dict__") else value


def frugal():
    """A worker that a large workbook makes too large gets a MemoryError instead of being killed."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def contents(path):
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: {
            place: plain(cell.value)
            # Not iter_rows(), which makes a cell of each place between two far ones.
            for place, cell in sheet._cells.items()
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


def digests(path):
    with zipfile.ZipFile(path) as archive:
        return {name: hashlib.sha256(archive.read(name)).digest() for name in archive.namelist()}


def same_parts(original, copy):
    try:
        before = digests(original)
    except Exception as error:
        return f"left out: Python cannot unzip the original ({type(error).__name__}: {error})"
    after = digests(copy)
    touched = {name for name, digest in before.items() if after.get(name) != digest}
    wrong = sorted(name for name in touched if not TOUCHABLE.fullmatch(name.replace("\\", "/").lower()))
    if wrong:
        return f"changed: {wrong}"
    return len(before) - len(touched)


def errors(validator, path):
    run = subprocess.run([validator, str(path), "Microsoft365"], capture_output=True, text=True, timeout=300)
    try:
        found = json.loads(run.stdout[run.stdout.index("{"):])
    except ValueError:
        return None
    return Counter(
        "|".join(str(error.get(key) or "")[:90] for key in ("id", "part", "description"))
        for error in found["errors"]
    )


def new_errors(validator, original, copy, known):
    before = known.get(str(original))
    if before is None:
        before = errors(validator, original)
        known[str(original)] = before
    after = errors(validator, copy)
    if before is None:
        return "left out: the validator cannot read the original"
    if after is None:
        return "the validator cannot read the copy"
    before = Counter(before)
    if sum(after.values()) > sum(before.values()):
        return f"{sum(after.values())} errors, {sum(before.values())} before: {list((after - before).items())[:2]}"
    return None


def converts(profile, files, size):
    """Those that LibreOffice does not convert, `size` of them in one run of it."""
    bad = []
    for at in range(0, len(files), size):
        batch = files[at : at + size]
        with tempfile.TemporaryDirectory() as out:
            links = pathlib.Path(out, "in")
            links.mkdir()
            for number, path in enumerate(batch):
                (links / f"{number}{path.suffix.lower()}").symlink_to(path.resolve())
            try:
                subprocess.run(
                    ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "fods",
                     "--outdir", out, *map(str, sorted(links.iterdir()))],
                    capture_output=True, timeout=60 + 10 * len(batch), check=False,
                )
            except subprocess.TimeoutExpired:
                pass
            bad += [path for number, path in enumerate(batch) if not pathlib.Path(out, f"{number}.fods").exists()]
    return bad


def unconverted(profile, files):
    """A run ends with the first file that crashes it, or hangs: those that it did not come to are tried alone."""
    return converts(profile, converts(profile, converts(profile, files, 40), 8), 1)


def original_of(copy, folder, originals):
    original = folder / copy.name.replace("__", "/")
    # Names that hold "__" themselves are found among all.
    return original if original.exists() else originals.get(copy.name)


def shown(check, original, copy):
    try:
        return check(original, copy)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("copies", type=pathlib.Path)
    parser.add_argument("originals", type=pathlib.Path)
    parser.add_argument("--validator")
    parser.add_argument("--soffice")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--known", type=pathlib.Path)
    parser.add_argument("--only", default="parts,openpyxl,validator,soffice")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    only = arguments.only.split(",")
    originals = {str(path.relative_to(arguments.originals)).replace("/", "__"): path
                 for path in arguments.originals.rglob("*") if path.is_file()}
    copies = sorted(arguments.copies.iterdir())[arguments.first :: arguments.every]
    pairs = [(original_of(copy, arguments.originals, originals), copy) for copy in copies]
    books = [(original, copy) for original, copy in pairs if copy.suffix.lower() != ".ods"]
    counts, failures, untouched = Counter(), 0, 0

    def note(name, copy, result):
        nonlocal failures, untouched
        if result is None or isinstance(result, int):
            counts[name, "right"] += 1
            untouched += result or 0
        elif result.startswith("left out"):
            counts[name, "left out"] += 1
            print(f"{name} {copy.name} {result}", flush=True)
        else:
            counts[name, "WRONG"] += 1
            failures += 1
            print(f"{name} {copy.name} WRONG {result}", flush=True)

    with ProcessPoolExecutor(arguments.jobs, initializer=frugal) as pool:
        for name, check, which in [("parts", same_parts, pairs), ("openpyxl", same_values, books)]:
            if name in only:
                for (_, copy), result in zip(which, pool.map(shown, [check] * len(which), *zip(*which))):
                    note(name, copy, result)
    if arguments.validator and "validator" in only:
        known = {}
        if arguments.known and arguments.known.exists():
            known = json.loads(arguments.known.read_text())
        with ThreadPoolExecutor(arguments.jobs) as pool:
            check = lambda original, copy: new_errors(arguments.validator, original, copy, known)
            for (_, copy), result in zip(books, pool.map(lambda pair: shown(check, *pair), books)):
                note("validator", copy, result)
        if arguments.known:
            arguments.known.write_text(json.dumps(known))
    if arguments.soffice and "soffice" in only:
        bad = set(unconverted(arguments.soffice, copies))
        neither = set(unconverted(arguments.soffice, [original for original, copy in pairs if copy in bad]))
        for original, copy in pairs:
            if copy not in bad:
                note("soffice", copy, None)
            else:
                note("soffice", copy, "left out: nor the original" if original in neither else "is not converted")
    for (name, what), count in sorted(counts.items()):
        print(f"{name}: {count} {what}")
    print(f"{untouched} untouched parts have the same SHA-256")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
