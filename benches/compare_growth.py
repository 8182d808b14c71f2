#!/usr/bin/env python3
"""How the time of `gouji check` grows with workbooks of odd shapes, and what other formats cost beside calamine.

A ledger that adds up grows in proportion to its cells, which `compare_check.py` shows. This script doubles what the
expensive steps look at: lines that are wrong, shares of a wrong total, sheets of one packet, columns without a total or a
unit, subtotals, merged cells, sheets that look into each other, filtered lines of text in .ods. A step that looks at each
of them for each other one takes four times as long; twice and a little more is right.

--formats writes a budget list as .ods and, with xlwt, as .xls and counts the instructions of reading it.

    pip install xlsxwriter xlwt
    cargo build --release --bin gouji --example read_cells
    python3 benches/compare_growth.py [SHAPE...] [--folder DIR] [--program FILE] [--reader FILE] [--formats]
"""

import argparse
import random
import re
import subprocess
import zipfile
from pathlib import Path

import measured
from compare_check import BUDGET, budget_rows


def book(path, sheets):
    """Writes sheets of rows; a pair in a row is a formula and what it comes to."""
    import xlsxwriter

    out = xlsxwriter.Workbook(str(path))
    for name, rows, merges in sheets:
        sheet = out.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, tuple):
                    sheet.write_formula(at, column, value[0], None, value[1])
                elif value is not None:
                    sheet.write(at, column, value)
        for first, last, column in merges:
            sheet.merge_range(first, column, last, column, rows[first][column])
    out.close()


def table(rows, totals=None):
    rows = [list(row) for row in rows]
    return [*rows, ["合计", *totals]] if totals else rows


def wrong(path, count, chance):
    """One line in four is not the sum of its columns."""
    rows = [["序号", "单位", "一", "二", "三", "合计"]]
    for at in range(count):
        parts = [chance.randrange(1, 10**6) for _ in range(3)]
        rows.append([at + 1, f"单位{at}", *parts, sum(parts) + (1000 if at % 4 == 0 else 0)])
    book(path, [("明细", rows, [])])


def shares(path, count, chance):
    """A wrong total below, and the share of each line in it."""
    rows = [["项目", "一季度", "二季度", "合计", "占比"]]
    for at in range(2, count + 2):
        first, second = (chance.randrange(1, 10**7) / 100 for _ in range(2))
        rows.append([f"项目{at}", first, second, (f"=B{at}+C{at}", first + second), (f"=D{at}/D${count + 2}", 0.01)])
    rows.append(["合计", *((f"=SUM({column}2:{column}{count + 1})", 123) for column in "BCD")])
    book(path, [("支出", rows, [])])


def sheets(path, count, chance):
    """Many tables of other lines in one packet."""
    every = []
    for number in range(count):
        rows, totals = [[f"2026年部门预算表{number}"], [None, None, None, "单位：万元"], ["项目", "年初预算", "调整", "调整后预算"]], [0, 0, 0]
        for at in range(20):
            start, change = chance.randrange(1, 10**6), chance.randrange(1, 10**5)
            amounts = [start, change, start + change]
            totals = [a + b for a, b in zip(totals, amounts)]
            rows.append([f"项目{at + number % 3 * 20}", *amounts])
        every.append((f"表{number}", table(rows, totals), []))
    book(path, every)


def wide(path, count, chance):
    """A yearbook: lines of many figures that nothing adds up, without a unit."""
    with path.open("w", encoding="utf-8") as out:
        out.write("地区," + ",".join(f"指标{at}" for at in range(count)) + "\n")
        for row in range(200):
            out.write(f"县{row}," + ",".join(str(int(chance.lognormvariate(5, 3))) for _ in range(count)) + "\n")


def subtotals(path, count, chance):
    rows, total = [["部门", "项目", "一季度", "二季度", "合计"]], [0] * 3
    for group in range(count):
        own = [0] * 3
        for at in range(6):
            parts = [chance.randrange(1, 10**6) for _ in range(2)]
            parts.append(sum(parts))
            own = [a + b for a, b in zip(own, parts)]
            rows.append([f"部门{group}", f"项目{group}-{at}", *parts])
        rows.append([f"部门{group}", "小计", *own])
        total = [a + b for a, b in zip(total, own)]
    rows.append(["合计", None, *total])
    book(path, [("支出明细", rows, [])])


def merged(path, count, chance):
    rows, merges = [["部门", "项目", "明细", "金额", "已支出", "结余"]], []
    for group in range(count):
        merges += [(len(rows), len(rows) + 3, column) for column in (0, 1)]
        for at in range(4):
            amount = chance.randrange(2, 10**6)
            spent = chance.randrange(amount)
            rows.append([f"部门{group}", f"项目{group}", f"明细{group}-{at}", amount, spent, amount - spent])
    book(path, [("项目", rows, merges)])


def linked(path, count, chance):
    """A summary whose figures are looked up in another sheet."""
    front, back = [["单位", "收入", "支出", "结余"]], [["单位", "收入", "支出"]]
    for at in range(2, count + 2):
        income = chance.randrange(1, 10**7) / 100
        spent = round(income * chance.random(), 2)
        back.append([f"单位{at}", income, spent])
        look_up = (f"=VLOOKUP(A{at},明细!A:C,3,0)", spent)
        front.append([f"单位{at}", (f"=明细!B{at}", income), look_up, (f"=B{at}-C{at}", round(income - spent, 2))])
    book(path, [("汇总", front, []), ("明细", back, [])])


SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{what}:1.0"'
    for name, what in [("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle")]
)
STYLE = (
    '<office:automatic-styles><number:number-style style:name="N4"><number:number number:decimal-places="2" '
    'number:min-integer-digits="1" number:grouping="true"/></number:number-style><style:style style:name="ce1" '
    'style:family="table-cell" style:data-style-name="N4"/></office:automatic-styles>'
)


def ods(path, rows, is_hidden=lambda at: False):
    def cell(value):
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return (
            f'<table:table-cell table:style-name="ce1" office:value-type="float" office:value="{value!r}">'
            f"<text:p>{value:,.2f}</text:p></table:table-cell>"
        )

    body = []
    for at, row in enumerate(rows):
        hidden = ' table:visibility="filter"' if is_hidden(at) else ""
        body.append(f"<table:table-row{hidden}>{''.join(map(cell, row))}</table:table-row>")
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", kind, zipfile.ZIP_STORED)
        out.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES} office:version="1.2">{STYLE}<office:body>'
            f'<office:spreadsheet><table:table table:name="S">{"".join(body)}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
        out.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )


def filtered(path, count, chance):
    """Lines of text, two in three filtered out."""
    rows = ([f"第{at % 50}组", f"名称{at}", f"{at % 60}:{at % 59:02}"] for at in range(count))
    ods(path, rows, lambda _: chance.random() < 0.7)


SHAPES = {
    "wrong": (wrong, "xlsx", [1000, 2000, 4000, 8000]),
    "shares": (shares, "xlsx", [500, 1000, 2000, 4000]),
    "sheets": (sheets, "xlsx", [20, 40, 80, 160]),
    "wide": (wide, "csv", [40, 80, 160]),
    "subtotals": (subtotals, "xlsx", [100, 200, 400]),
    "merged": (merged, "xlsx", [500, 1000, 2000]),
    "linked": (linked, "xlsx", [500, 1000, 2000, 4000]),
    "filtered": (filtered, "ods", [25_000, 50_000, 100_000]),
}


def grow(options):
    print("| shape | size | processor s outside the kernel | × the size before | peak MiB |\n|---|--:|--:|--:|--:|")
    for name in options.shapes or SHAPES:
        make, ending, sizes = SHAPES[name]
        before = None
        for size in sizes:
            path = options.folder / f"{name}-{size}.{ending}"
            if not path.exists():
                make(path, size, random.Random(1))
            command = [options.program, "check", "--fail-on", "never", "--format", "json", path]
            _, _, _, user, peak, _ = measured.run_telling_all(command, stdout=subprocess.DEVNULL)
            growth = f"{user / before:.1f}" if before else ""
            print(f"| {name} | {size:,} | {user:.2f} | {growth} | {peak:.0f} |", flush=True)
            before = user


def formats(options, count=10_000):
    rows = [BUDGET, *budget_rows(count, random.Random(2))]
    files = [options.folder / f"list-{count}.ods"]
    ods(files[0], rows)
    try:
        import xlwt

        out = xlwt.Workbook(encoding="utf-8")
        sheet = out.add_sheet("S")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(at, column, value)
        files.append(options.folder / f"list-{count}.xls")
        out.save(str(files[1]))
    except ImportError:
        pass
    print(f"\n| {count:,} lines, reading | gouji, M instructions | calamine | ÷ |\n|---|--:|--:|--:|")
    for path in files:
        own, theirs = (
            instructions([options.reader, who, path]) for who in ("gouji", "calamine")
        )
        print(f"| {path.suffix} | {own / 1e6:,.0f} | {theirs / 1e6:,.0f} | {own / theirs:.2f} |", flush=True)


def instructions(command):
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*tool, *map(str, command)], capture_output=True, text=True, check=True)
    return int(re.search(r"refs:\s+([\d,]+)", done.stderr)[1].replace(",", ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--folder", type=Path, default=Path("target/bench"))
    parser.add_argument("--program", default="target/release/gouji")
    parser.add_argument("--reader", default="target/release/examples/read_cells")
    parser.add_argument("--formats", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.formats:
        formats(options)
    else:
        grow(options)


if __name__ == "__main__":
    main()
