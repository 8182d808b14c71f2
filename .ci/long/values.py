#!/usr/bin/env python3
"""Compares every value that gouji reads with what openpyxl, xlrd, pyxlsb and LibreOffice read of the same files.

    cargo build --release --example read_cells
    .ci/long/values.py target/release/examples/read_cells ../shared/data/torture [NAME…]

Each difference is counted under the reason that explains it, or told with file and cell as unexplained; fails where one is.
Files that either side refuses are counted, not compared: whether a refusal is right is for the tests of refusals.
"""

import collections
import datetime
import html
import json
import math
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
import zipfile
from decimal import Decimal
from pathlib import Path

warnings.simplefilter("ignore")
LIBRE = {".ods", ".fods"}


def ours(program, path):
    done = subprocess.run([program, "dump", str(path)], capture_output=True, timeout=300)
    if b": " in done.stderr and not done.stdout.strip().isdigit() and done.stdout.count(b"\n") < 2:
        return None, done.stderr.decode(errors="replace")
    cells = {}
    for line in done.stdout.decode().splitlines():
        if line.startswith("["):
            sheet, row, column, kind, value = json.loads(line)
            cells.setdefault(sheet, {})[row, column] = (kind, value)
    return cells, done.stderr.decode(errors="replace")


def with_openpyxl(path):
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    cells = {}
    for sheet in book.worksheets:
        own = cells.setdefault(sheet.title, {})
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    own[cell.row, cell.column] = cell.value
    return cells


def with_xlrd(path):
    import xlrd

    book = xlrd.open_workbook(str(path), logfile=open("/dev/null", "w"))
    cells = {}
    for sheet in book.sheets():
        own = cells.setdefault(sheet.name, {})
        for row in range(sheet.nrows):
            for column in range(sheet.row_len(row)):
                kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
                if kind == xlrd.XL_CELL_BOOLEAN:
                    value = bool(value)
                elif kind == xlrd.XL_CELL_ERROR:
                    value = xlrd.error_text_from_code.get(value, "#?")
                if kind not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                    own[row + 1, column + 1] = value
    return cells


def with_pyxlsb(path):
    import pyxlsb

    # It looks for the shared strings under one spelling of their name alone, and else gives their numbers for their texts.
    parts = zipfile.ZipFile(path).namelist()
    if "xl/sharedStrings.bin" not in parts and "xl/sharedstrings.bin" in map(str.lower, parts):
        raise ValueError("pyxlsb does not find the shared strings")
    cells = {}
    with pyxlsb.open_workbook(str(path)) as book:
        for name in book.sheets:
            own = cells.setdefault(name, {})
            with book.get_sheet(name) as sheet:
                for row in sheet.rows(sparse=True):
                    for cell in row:
                        if cell.v is not None:
                            own[cell.r + 1, cell.c + 1] = cell.v
    return cells


def libre(paths):
    """Other formats as .xlsx of LibreOffice's making, by path: all in one run, and those that it left out one by one."""
    scratch = Path(tempfile.mkdtemp())
    # Many have the same name.
    copies = {path: scratch / f"{at}{path.suffix.lower()}" for at, path in enumerate(paths)}
    for path, copy in copies.items():
        shutil.copy(path, copy)

    def convert(inputs, seconds):
        subprocess.run(
            ["timeout", str(seconds), "soffice", f"-env:UserInstallation=file://{scratch}/profile", "--headless",
             "--convert-to", "xlsx", "--outdir", str(scratch / "made"), *map(str, inputs)],
            capture_output=True,
        )

    def missing():
        return [copy for copy in copies.values() if not (scratch / "made" / f"{copy.stem}.xlsx").exists()]

    if copies:
        convert(copies.values(), 600)
    for copy in missing():
        convert([copy], 60)
    made = {path: scratch / "made" / f"{copy.stem}.xlsx" for path, copy in copies.items()}
    return {path: result for path, result in made.items() if result.exists()}


def number(value):
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def serial(value):
    """A date or a time as the number of days that a sheet stores."""
    if isinstance(value, datetime.timedelta):
        return value.total_seconds() / 86400
    if isinstance(value, datetime.time):
        return (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86400
    if isinstance(value, datetime.datetime):
        return (value - datetime.datetime(1899, 12, 30)).total_seconds() / 86400
    return (datetime.datetime(value.year, value.month, value.day) - datetime.datetime(1899, 12, 30)).days


def close(a, b, digits=14):
    return math.isclose(float(a), float(b), rel_tol=10.0**-digits, abs_tol=1e-28)


def plain(text):
    text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), str(text))
    return re.sub(r"\r\n?", "\n", text).strip()


def inline_values(path):
    """Texts that stand in the `<v>` of cells said to hold an inline text."""
    if not zipfile.is_zipfile(path):
        return set()
    found = set()
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if "worksheets/" in name and name.endswith(".xml"):
                text = package.read(name).decode(errors="replace")
                cells = re.findall(r'<c [^>]*t="inlineStr"[^>]*>(?:<f[^>]*>[^<]*</f>)?<v[^>]*>([^<]*)</v>', text)
                found.update(map(html.unescape, cells))
    return found


def ods_formulas(path):
    """What an open document stores beside its formulas, which LibreOffice calculates anew: by sheet, row and column."""
    import xml.etree.ElementTree as tree

    names = {name: "{urn:oasis:names:tc:opendocument:xmlns:" + name + ":1.0}" for name in ("office", "table", "text")}
    office, table, text = names["office"], names["table"], names["text"]
    try:
        content = zipfile.ZipFile(path).read("content.xml") if zipfile.is_zipfile(path) else Path(path).read_bytes()
        root = tree.fromstring(content)
    except (KeyError, OSError, tree.ParseError, zipfile.BadZipFile):
        return {}
    stored = {}
    for sheet in root.iter(f"{table}table"):
        row = 1
        for line in sheet.iter(f"{table}table-row"):
            repeated, column = int(line.get(f"{table}number-rows-repeated", 1)), 1
            for cell in line:
                wide = int(cell.get(f"{table}number-columns-repeated", 1))
                if cell.get(f"{table}formula") is not None and repeated * wide < 10_000:
                    value = next((cell.get(office + name) for name in
                                  ("value", "date-value", "time-value", "boolean-value", "string-value")
                                  if cell.get(office + name) is not None), None)
                    shown = "\n".join("".join(part.itertext()) for part in cell.findall(f"{text}p"))
                    # An error is stored as 0, and shown.
                    if value is None or shown.startswith(("#", "Err:")):
                        value = shown
                    for down in range(repeated):
                        for right in range(wide):
                            stored[sheet.get(f"{table}name"), row + down, column + right] = value
                column += wide
            row += repeated
    return stored


def as_stored(mine, stored):
    """Whether a value is what the document stores beside the formula."""
    kind, value = mine
    if kind == "date":
        try:
            moment = datetime.datetime.fromisoformat(stored)
        except ValueError:
            return False
        return abs(serial(moment) - float(value)) < 2e-5
    if kind == "error":
        return stored == "" or stored.startswith(("#", "Err:"))
    same = number(stored) is not None and number(value) is not None and close(value, stored)
    return same or plain(value) == plain(stored)


def reason(mine, theirs, told, reader, inline):
    """Why two values differ: `None` where nothing explains it, an empty text where they do not."""
    if mine is None and theirs == 0 and "zeros stored beside formulas" in told:
        return "zeros of formulas that were never calculated, told"
    if mine is None:
        if isinstance(theirs, str) and not theirs.strip(" \t\r\n\x00\u3000\xa0"):
            return "only blanks"
        if reader == "openpyxl" and isinstance(theirs, str) and theirs.startswith("="):
            return "a formula for a value"
        return None
    kind, value = mine
    if theirs is None:
        if kind == "text" and not value.strip():
            return ""
        if kind == "text" and reader == "openpyxl" and value in inline:
            return "openpyxl reads no <v> of inline texts"
        if kind == "text" and reader == "pyxlsb":
            return "pyxlsb leaves out texts that are not shared"
        if "under a merged" in told and reader in ("openpyxl", "LibreOffice"):
            return f"{reader} drops what merged ranges cover"
        return None
    if isinstance(theirs, (datetime.date, datetime.time, datetime.timedelta)):
        days = serial(theirs)
        if kind in ("date", "number"):
            for shift in (0, 1462, -1, 1, 1461):
                # The day that 1900 did not have, and the other calendar.
                if abs(float(value) - days - shift) < 2e-5 or abs(float(value) - days + shift) < 2e-5:
                    return "" if shift == 0 else "calendars of 1900 and 1904"
            if float(value) < 0 or float(value) < 61:
                return "days before March 1900"
        return None
    if isinstance(theirs, bool):
        if kind == "bool" and value == str(theirs).lower():
            return ""
        return "truth values as numbers" if kind == "number" and float(value) == float(theirs) else None
    if isinstance(theirs, (int, float)):
        if kind in ("number", "date"):
            if close(value, theirs):
                return ""
            return None
        if kind == "bool":
            return "truth values as numbers"
        if kind == "error":
            return "errors as numbers"
        if kind == "text" and ("larger than 10^18" in told or "more than 28" in told):
            return "numbers beyond our decimals, told"
        return None
    theirs = str(theirs)
    if kind == "error":
        return "" if theirs.startswith("#") or theirs.startswith("Err:") or theirs.startswith("0x") else None
    if kind in ("number", "date") and number(theirs) is not None and close(value, theirs):
        return "numbers as text"
    # openpyxl leaves `_x005F_`, by which an underscore is escaped, as it stands.
    if plain(value) == plain(theirs) or value == plain(theirs):
        return ""
    if "not counted" in told or "does not count" in told or "do not count" in told:
        return "struck, hidden or raised text, left out and told"
    if re.sub(r"\s+|\x00", "", plain(value)) == re.sub(r"\s+|\x00", "", plain(theirs)):
        return "blanks inside"
    return None


def bounded(work):
    """What a function returns in a process of its own with 1 GiB and a minute; `None` where it has not done by then.

    A reader that keeps an object for each cell of a merged range takes any memory for some of these files.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        signal.alarm(60)
        try:
            with os.fdopen(write, "wb") as pipe:
                pickle.dump(work(), pipe)
            os._exit(0)
        except BaseException:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    status = os.waitpid(child, 0)[1]
    return pickle.loads(told) if status == 0 else None


def compare(path, mine, told, theirs, reader, reasons, unexplained):
    inline = inline_values(path) if reader == "openpyxl" else set()
    formulas = ods_formulas(path) if reader == "LibreOffice" else {}
    for sheet, cells in theirs.items():
        own = mine.get(sheet)
        if own is None:
            if cells:
                reasons[reader, "a sheet under another name, or refused and told"] += 1
            continue
        for cell in cells.keys() | own.keys():
            why = reason(own.get(cell), cells.get(cell), told, reader, inline)
            stored = formulas.get((sheet, *cell))
            if why is None and stored is not None and own.get(cell) and as_stored(own[cell], stored):
                why = "LibreOffice calculates anew"
            if why is None:
                unexplained.append((reader, str(path), sheet, cell, own.get(cell), cells.get(cell)))
            elif why:
                reasons[reader, why] += 1
            else:
                reasons[reader, "the same"] += 1


def one(program, path, read, reader):
    """What a file comes to: counts by reason and what nothing explains, or who refused it."""
    try:
        mine, told = ours(program, path)
    except subprocess.TimeoutExpired:
        mine, told = None, ""
    if mine is None:
        return "gouji"
    try:
        theirs = read(path)
    except Exception:
        return "the other"
    reasons, unexplained = collections.Counter(), []
    compare(path, mine, told, theirs, reader, reasons, unexplained)
    return reasons, unexplained


def main():
    program, folder, *wanted = sys.argv[1:]
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file() and (not wanted or path.name in wanted))
    converted = libre([path for path in paths if path.suffix.lower() in LIBRE])
    reasons, unexplained, refused = collections.Counter(), [], collections.Counter()
    for path in paths:
        suffix = path.suffix.lower()
        readers = {
            ".xlsx": ("openpyxl", with_openpyxl), ".xlsm": ("openpyxl", with_openpyxl), ".xltx": ("openpyxl", with_openpyxl),
            ".xls": ("xlrd", with_xlrd), ".et": ("xlrd", with_xlrd), ".xlsb": ("pyxlsb", with_pyxlsb),
        }
        reader, read = readers.get(suffix, ("LibreOffice", lambda _: with_openpyxl(converted[path])))
        if suffix not in readers and path not in converted:
            continue
        told = bounded(lambda: one(program, path, read, reader))
        if told is None or isinstance(told, str):
            refused[reader, told or "nobody, but without room or time"] += 1
        else:
            reasons.update(told[0])
            unexplained += told[1]
    for (reader, why), count in sorted(reasons.items()):
        print(f"{reader}: {why}: {count}")
    for (reader, who), count in sorted(refused.items()):
        print(f"{reader}: {count} files refused by {who}")
    for what in unexplained:
        print("unexplained:", *what, sep="\t")
    print(f"{len(unexplained)} unexplained differences")
    return 1 if unexplained else 0


sys.exit(main())
