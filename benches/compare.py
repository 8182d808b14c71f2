#!/usr/bin/env python3
"""Whole-process times of reading, beside other readers, as paired ratios.

Makes W1 (one sheet of 200,000 rows and 20 columns) and 2,000 small workbooks in a folder, then reads them in turns with
each reader, so that a busy machine slows all of them alike, and prints the median of the ratios to calamine.

    cargo build --release --example read_cells
    python3 benches/compare.py [--folder DIR] [--rounds N] [--program target/release/examples/read_cells]
"""

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

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
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[:3]} failed")
    return time.perf_counter() - before, usage.ru_maxrss / 1024, out.decode().strip()


def compare(title, readers, files, rounds):
    times = {name: [] for name in readers}
    peaks = {name: 0 for name in readers}
    for _ in range(rounds):
        for name, (command, threads) in readers.items():
            took, peak, _ = run(command + [str(path) for path in files], threads)
            times[name].append(took)
            peaks[name] = max(peaks[name], peak)
    print(f"\n{title} ({rounds} rounds)\n")
    print("| reader | median s | ratio to calamine | peak MiB |\n|---|--:|--:|--:|")
    for name in readers:
        ratios = [ours / theirs for ours, theirs in zip(times[name], times["calamine"])]
        print(
            f"| {name} | {statistics.median(times[name]):.3f} | {statistics.median(ratios):.3f} | {peaks[name]:.0f} |"
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("target/bench"))
    parser.add_argument("--program", default="target/release/examples/read_cells")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only-rust", action="store_true")
    options = parser.parse_args()
    big, small = make(options.folder)
    readers = {
        "calamine": ([options.program, "calamine"], 1),
        "gouji, 1 thread": ([options.program, "gouji"], 1),
        "gouji, 2 threads": ([options.program, "gouji"], 2),
    }
    if not options.only_rust:
        for name, source in [("openpyxl read_only", OPENPYXL), ("python-calamine", PYTHON_CALAMINE)]:
            module = "openpyxl" if "openpyxl" in name else "python_calamine"
            if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0:
                readers[name] = ([sys.executable, "-c", source], 1)
            else:
                print(f"left out: {name} is not installed")
    compare("W1: 200,000 × 20", readers, [big], options.rounds)
    compare("2,000 small workbooks", readers, small, options.rounds)


if __name__ == "__main__":
    main()
