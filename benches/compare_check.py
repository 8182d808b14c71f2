#!/usr/bin/env python3
"""Whole-process times of `gouji check` beside calamine's plain read of the same file, as paired ratios.

Makes W1 (200,000 rows of 20 columns, without a header), ledgers of 10,000 to 4,000,000 cells with totals along rows and
columns, a small one, and one with 1,000 wrong totals; runs both programs on each in turns; and prints the medians.

    pip install xlsxwriter
    cargo build --release --bin gouji --example read_cells
    python3 benches/compare_check.py [--folder DIR] [--rounds N] [--program FILE] [--reader FILE] [--most CELLS]
"""

import argparse
import random
import statistics
import subprocess
from pathlib import Path

import measured
from compare import rows

HEAD = ["序号", "单位名称", "项目名称", "合计", *[f"{month}月" for month in range(1, 13)], "预算数", "支出数", "结余数", "备注"]
SERIES = [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 4_000_000]


def ledger(path, cells, wrong=0):
    import xlsxwriter

    chance = random.Random(1)
    data = []
    for _ in range(cells // len(HEAD)):
        months = [chance.randrange(1, 10**8) for _ in range(12)]
        budget = chance.randrange(10**9)
        spent = chance.randrange(budget + 1)
        data.append([sum(months), *months, budget, spent, budget - spent])
    total = [sum(column) for column in zip(*data)]
    for row in chance.sample(data, wrong):
        row[0] += 9000
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("支出明细")
    money = book.add_format({"num_format": "#,##0.00"})
    sheet.write(0, 0, "2026年部门支出明细表")
    sheet.write(1, len(HEAD) - 2, "单位：元")
    sheet.write_row(2, 0, HEAD)
    for at, row in enumerate([total, *data]):
        if at:
            sheet.write_number(at + 3, 0, at)
        sheet.write_string(at + 3, 1, f"单位{at % 5000}" if at else "合计")
        for column, cents in enumerate(row):
            sheet.write_number(at + 3, column + 3, cents / 100, money)
    book.close()


def w1(path):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    rows(book.add_worksheet(), 200_000, random.Random(1), book.add_format({"num_format": "#,##0.00"}))
    book.close()


def run(command):
    """Wall seconds, processor seconds and peak MiB."""
    status, wall, processor, peak, _ = measured.run(command, stdout=subprocess.DEVNULL)
    if status not in (0, 1):
        raise SystemExit(f"{command} failed")
    return wall, processor, peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("target/bench"))
    parser.add_argument("--program", default="target/release/gouji")
    parser.add_argument("--reader", default="target/release/examples/read_cells")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=4_000_000, help="leave out files of more cells")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    files = [("small", "ledger-800.xlsx", 800, lambda path: ledger(path, 800))]
    files += [(f"{n:,} cells", f"ledger-{n}.xlsx", n, lambda path, n=n: ledger(path, n)) for n in SERIES]
    files.append(("1,000 failing", "ledger-failing.xlsx", 60_000, lambda path: ledger(path, 60_000, 1000)))
    files.append(("W1", "w1.xlsx", 4_000_000, w1))
    print("| file | check, wall s | processor s | peak MiB | calamine reads, s | ratio | × the case before |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    empty = [run([options.program, "--version"]) for _ in range(options.rounds * 4)]
    print(f"| --version | {statistics.median(wall for wall, _, _ in empty):.4f} | | | | | |")
    last = (0, 0)
    for title, name, cells, make in files:
        if cells > options.most:
            continue
        path = options.folder / name
        if not path.exists():
            make(path)
        pairs = [
            (run([options.program, "check", "--fail-on", "never", path]), run([options.reader, "calamine", path]))
            for _ in range(options.rounds)
        ]
        wall = statistics.median(ours[0] for ours, _ in pairs)
        busy = statistics.median(ours[1] for ours, _ in pairs)
        peak = max(ours[2] for ours, _ in pairs)
        theirs = statistics.median(its[0] for _, its in pairs)
        ratio = statistics.median(ours[0] / its[0] for ours, its in pairs)
        growth = f"{busy / last[1]:.2f} for {cells / last[0]:.1f} × cells" if title.endswith("cells") and last[1] else ""
        print(f"| {title} | {wall:.4f} | {busy:.4f} | {peak:.0f} | {theirs:.4f} | {ratio:.2f} | {growth} |", flush=True)
        if title.endswith("cells"):
            last = (cells, busy)


if __name__ == "__main__":
    main()
