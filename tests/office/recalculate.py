"""Recalculates a workbook in LibreOffice and compares every formula with its stored result.

    python3 tests/office/recalculate.py FILE.xlsx...

Numbers may differ in the sixteenth digit, words not at all. Exit status 1 when anything differs, or when a file has no
formulas to compare. Needs soffice and nothing beyond Python's own library.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

# Recalculate whatever the file says, which LibreOffice does not do by itself for files of Excel.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def sheets(book):
    """Names and parts of the sheets."""
    targets = {
        relation.get("Id"): relation.get("Target")
        for relation in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    }
    for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(MAIN + "sheet"):
        target = targets[sheet.get(RELATION)]
        yield sheet.get("name"), target.lstrip("/") if target.startswith("/") else "xl/" + target


def cells(path):
    """(sheet, cell) → (value, has a formula)."""
    found = {}
    with zipfile.ZipFile(path) as book:
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(MAIN + "si"):
                shared.append("".join(text.text or "" for text in item.iter(MAIN + "t")))
        for name, part in sheets(book):
            for cell in ElementTree.fromstring(book.read(part)).iter(MAIN + "c"):
                value = cell.findtext(MAIN + "v") or ""
                if cell.get("t") == "s":
                    value = shared[int(value)]
                found[name, cell.get("r")] = (value, cell.find(MAIN + "f") is not None)
    return found


def same(stored, computed):
    """Equal words, or numbers that differ by binary noise only."""
    try:
        a, b = float(stored), float(computed)
    except ValueError:
        return stored == computed
    return abs(a - b) <= 1e-12 * max(1.0, abs(a), abs(b))


def compare(path):
    """How many formulas were compared, and those that differ."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile", "user")
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{profile.parent}", "--headless",
             "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder, str(path)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
        )
        before, after = cells(path), cells(Path(folder, Path(path).stem + ".xlsx"))
    formulas = [place for place, (_, formula) in before.items() if formula]
    wrong = []
    for place in formulas:
        computed = after.get(place, ("", False))[0]
        if not same(before[place][0], computed):
            wrong.append((place, before[place][0], computed))
    return len(formulas), wrong


def main():
    failed = False
    for path in sys.argv[1:]:
        count, wrong = compare(path)
        print(f"{path}: {count} formulas, {len(wrong)} differ")
        for (sheet, cell), stored, computed in wrong[:20]:
            print(f"  {sheet}!{cell}: stored {stored!r}, recalculated {computed!r}")
        failed |= bool(wrong) or count == 0
    sys.exit(1 if failed or len(sys.argv) < 2 else 0)


if __name__ == "__main__":
    main()
