#!/usr/bin/env python3
"""Whole-process times of reading, beside other readers, as paired ratios.

Makes W1 (one sheet of 200,000 rows and 20 columns) and 2,000 small workbooks in a folder, then reads them in turns with
each reader, so that a busy machine slows all of them alike, and prints the median of the ratios to calamine. On a busy
machine the time on processors tells more than the wall clock, which counts the waiting too; both are printed.

    pip install xlsxwriter openpyxl python-calamine polars fastexcel
    cargo build --release --example read_cells
    python3 benches/compare.py [--folder DIR] [--rounds N] [--program FILE] [--only-rust] [--only big|small]

Readers in Python that are not installed are left out, and said.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

import measured

WORDS = ["办公费", "印刷费", "差旅费", "维修（护）费", "培训费", "公务接待费", "劳务费", "委托业务费", "其他支出"]

OPENPYXL = """
import sys, openpyxl
cells = 0
for path in sys.argv[1:]:
    book = openpyxl.load_workbook(path, read_only=True)
    for sheet in book:
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
print(cells)
"""

PYTHON_CALAMINE = """
import sys, python_calamine
cells = 0
for path in sys.argv[1:]:
    book = python_calamine.CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        cells += sum(len(row) for row in book.get_sheet_by_name(name).to_python())
print(cells)
"""

POLARS = """
import sys, polars, fastexcel
cells = 0
for path in sys.argv[1:]:
    book = fastexcel.read_excel(path)
    for name in book.sheet_names:
        frame = book.load_sheet(name, header_row=None).to_polars()
        cells += frame.height * frame.width
print(cells)
"""

PYTHON_READERS = {
    "openpyxl read_only": ("openpyxl", OPENPYXL),
    "python-calamine": ("python_calamine", PYTHON_CALAMINE),
    "polars + fastexcel": ("polars, fastexcel", POLARS),
}


def rows(sheet, count, chance, money):
    for row in range(count):
        sheet.write_number(row, 0, row + 1)
        sheet.write_string(row, 1, f"{chance.choice(WORDS)}{row % 5000}")
        sheet.write_string(row, 2, chance.choice(WORDS))
        for column in range(3, 20):
            sheet.write_number(row, column, round(chance.uniform(0, 1e6), 2), money)


def make(folder):
    import xlsxwriter

    folder.mkdir(parents=True, exist_ok=True)
    big = folder / "w1.xlsx"
    chance = random.Random(1)
    if not big.exists():
        book = xlsxwriter.Workbook(str(big), {"constant_memory": False})
        rows(book.add_worksheet(), 200_000, chance, book.add_format({"num_format": "#,##0.00"}))
        book.close()
    small = folder / "small"
    small.mkdir(exist_ok=True)
    for number in range(2000):
        path = small / f"{number:04}.xlsx"
        if not path.exists():
            book = xlsxwriter.Workbook(str(path))
            money = book.add_format({"num_format": "#,##0.00"})
            for _ in range(3):
                rows(book.add_worksheet(), chance.randint(20, 60), chance, money)
            book.close()
    return big, sorted(small.glob("*.xlsx"))


def run(command, threads):
    """Wall seconds, processor seconds, peak MiB and what was printed."""
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), POLARS_MAX_THREADS=str(threads))
    status, wall, processor, peak, out = measured.run(command, env=environment)
    if status:
        sys.exit(f"{command[:3]} failed")
    return wall, processor, peak, out.decode().strip()


def compare(title, readers, files, rounds):
    walls = {name: [] for name in readers}
    busy = {name: [] for name in readers}
    peaks = {name: 0 for name in readers}
    cells = {}
    for _ in range(rounds):
        for name, (command, threads) in readers.items():
            wall, processor, peak, cells[name] = run(command + [str(path) for path in files], threads)
            walls[name].append(wall)
            busy[name].append(processor)
            peaks[name] = max(peaks[name], peak)
    print(f"\n{title} ({rounds} rounds, {cells['calamine']} cells)\n")
    print("| reader | wall s | ratio | processor s | ratio | peak MiB |\n|---|--:|--:|--:|--:|--:|")
    for name in readers:
        figures = [
            f"{statistics.median(times[name]):.3f} | {statistics.median(ratios(times[name], times['calamine'])):.3f}"
            for times in [walls, busy]
        ]
        print(f"| {name} | {figures[0]} | {figures[1]} | {peaks[name]:.0f} |")
    for name, count in cells.items():
        if count != cells["calamine"]:
            print(f"\n{name} counted {count} cells")


def ratios(ours, theirs):
    return [mine / its for mine, its in zip(ours, theirs)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("target/bench"))
    parser.add_argument("--program", default="target/release/examples/read_cells")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only-rust", action="store_true")
    parser.add_argument("--only", choices=["big", "small"])
    options = parser.parse_args()
    big, small = make(options.folder)
    readers = {
        "calamine": ([options.program, "calamine"], 1),
        "gouji, 1 thread": ([options.program, "gouji"], 1),
        "gouji, 2 threads": ([options.program, "gouji"], 2),
    }
    if not options.only_rust:
        for name, (modules, source) in PYTHON_READERS.items():
            command = [sys.executable, "-c", source]
            if subprocess.run([sys.executable, "-c", f"import {modules}"], capture_output=True).returncode == 0:
                readers[name] = (command, 2 if "polars" in name else 1)
            else:
                print(f"left out: {name} is not installed")
    if options.only != "small":
        compare("W1: 200,000 × 20", readers, [big], options.rounds)
    if options.only != "big":
        compare("2,000 small workbooks", readers, small, options.rounds)


if __name__ == "__main__":
    main()
