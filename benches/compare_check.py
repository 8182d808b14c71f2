#!/usr/bin/env python3
"""Whole-process times of `gouji check` beside calamine's plain read of the same file, as paired ratios.

Makes W1 (200,000 rows of 20 columns, without a header), ledgers of 100 to 4,000,000 cells with totals along rows and
columns, one with 1,000 wrong totals, budget lists of 20,000 and 200,000 rows with a sum, a difference and a rate in each,
wide tables without any total, and 200 small workbooks of two kinds that are converted to .csv; runs both programs on each in
turns; and prints the medians. The last column says how the cost grows from ledger to ledger.

    pip install xlsxwriter
    cargo build --release --bin gouji --example read_cells
    python3 benches/compare_check.py [--folder DIR] [--rounds N] [--program FILE] [--reader FILE] [--most CELLS] [--user]

On a busy machine take --user, which compares the time on processors outside the kernel instead of the wall clock; what
takes less than a tenth of a second is then told by chance, and better by counting instructions (`valgrind --tool=callgrind`).
"""

import argparse
import random
import shutil
import statistics
import subprocess
from pathlib import Path

import measured
from compare import rows

HEAD = ["序号", "单位名称", "项目名称", "合计", *[f"{month}月" for month in range(1, 13)], "预算数", "支出数", "结余数", "备注"]
SERIES = [100, 200, 400, 800, 1_600, 3_200, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 4_000_000]


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


BUDGET = ["序号", "单位编码", "单位名称", "项目名称", "年初预算", "追加", "调减", "上级补助", "调整预算数", "一季度", "二季度", "三季度", "四季度", "支出合计", "执行率"]


def budget_rows(count, chance):
    for row in range(1, count + 1):
        start, more, less, aid = (chance.randrange(most) for most in (10**9, 10**8, 10**7, 10**8))
        less = min(less, start)
        adjusted = start + more - less + aid
        quarters = [chance.randrange(adjusted // 4 + 1) for _ in range(4)]
        spent = sum(quarters)
        rate = spent / adjusted if adjusted else 0
        amounts = [start, more, less, aid, adjusted, *quarters, spent]
        yield [row, str(100_000 + row % 240), f"单位{row % 240}", f"项目{row}", *(cents / 100 for cents in amounts), rate]


def budget(path, count):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("预算明细")
    money = book.add_format({"num_format": "#,##0.00"})
    sheet.write_row(0, 0, BUDGET)
    for at, row in enumerate(budget_rows(count, random.Random(2)), 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            else:
                sheet.write_number(at, column, value, money)
    book.close()


def wide(path, count, columns):
    chance = random.Random(3)
    with path.open("w", encoding="utf-8") as out:
        out.write("地区,代码," + ",".join(str(1960 + year) for year in range(columns)) + "\n")
        for row in range(count):
            cells = (f"{chance.lognormvariate(5, 3):.4f}" if chance.random() > 0.2 else "" for _ in range(columns))
            out.write(f"地区{row % 200},C{row:04d}," + ",".join(cells) + "\n")


def small(folder, count=200):
    import xlsxwriter

    if folder.is_dir():
        return
    folder.mkdir()
    chance = random.Random(4)
    for number in range(count):
        book = xlsxwriter.Workbook(str(folder / f"{number:04}.xlsx"))
        money = book.add_format({"num_format": "#,##0.00"})
        for name in ["收入预算表", "支出预算表", "三公经费表"]:
            sheet = book.add_worksheet(name)
            sheet.write(0, 0, f"单位{number} {name}")
            sheet.write(1, len(BUDGET) - 1, "单位：元")
            sheet.write_row(2, 0, BUDGET)
            for at, row in enumerate(budget_rows(chance.randint(20, 60), chance), 3):
                for column, value in enumerate(row):
                    sheet.write(at, column, value, money if column > 3 else None)
        book.close()


EXECUTED = ["序号", "科目编码", "科目名称", "年初预算", "追加", "调减", "调整后预算", "执行数", "执行率", "备注"]
SUBJECTS = ["一般公共服务", "教育", "科学技术", "文化旅游", "社会保障", "卫生健康", "节能环保", "城乡社区", "农林水", "交通运输"]


def executed(folder, count=200):
    """W2: three tables with the formulas of a difference and a rate in each line, and a line of totals."""
    import xlsxwriter

    if folder.is_dir():
        return
    folder.mkdir()
    chance = random.Random(11)
    for number in range(count):
        book = xlsxwriter.Workbook(str(folder / f"{number:04}.xlsx"))
        money, bold = book.add_format({"num_format": "#,##0.00", "border": 1}), book.add_format({"bold": 1, "border": 1})
        for at, name in enumerate(["收入预算表", "支出预算表", "三公经费表"]):
            sheet = book.add_worksheet(name)
            house = f"单位{number:04}第{number % 17}小学"
            sheet.merge_range("A1:J1", f"{house} {name}", bold)
            sheet.write(1, 0, f"编制单位：{house}")
            sheet.write(1, 9, "单位：万元")
            sheet.write_row(2, 0, EXECUTED, bold)
            lines = chance.randint(20, 60)
            sums = [0] * 5
            for line in range(lines):
                start, more, less = chance.randrange(10**7), chance.randrange(10**6), chance.randrange(10**6)
                rest = start + more - less
                spent = chance.randrange(max(rest, 100))
                amounts = [start, more, less, rest, spent]
                sums = [total + own for total, own in zip(sums, amounts)]
                row, shown = line + 3, line + 4
                sheet.write_row(row, 0, [line + 1, f"2{line:02}{at:02}{number % 100:02}", f"{SUBJECTS[line % 10]}-{number % 37}-{line}"])
                for column, cents in enumerate(amounts, 3):
                    sheet.write_number(row, column, cents / 100, money)
                sheet.write_formula(row, 6, f"=D{shown}+E{shown}-F{shown}", money, rest / 100)
                sheet.write_formula(row, 8, f"=IF(G{shown}=0,0,H{shown}/G{shown})", money, spent / rest if rest else 0)
                if line % 7 == 0:
                    sheet.write(row, 9, "见说明")
            sheet.merge_range(lines + 3, 0, lines + 3, 2, "合计", bold)
            for column, cents in enumerate(sums, 3):
                letter = "ABCDEFGHIJ"[column]
                sheet.write_formula(lines + 3, column, f"=SUM({letter}4:{letter}{lines + 3})", money, cents / 100)
        book.close()


def converted(options, title, name, make):
    """Converting small workbooks to .csv, beside calamine reading them."""
    folder = options.folder / name
    make(folder)
    out = options.folder / f"{name}-csv"
    files = sorted(folder.glob("*.xlsx"))
    times = {"gouji, 1 job": [], "gouji, 2 jobs": [], "calamine": []}
    for _ in range(options.rounds):
        for jobs in (1, 2):
            shutil.rmtree(out, ignore_errors=True)
            command = [options.program, "convert", folder, "-o", out, "--to", "csv", "--jobs", str(jobs)]
            times["gouji, 1 job" if jobs == 1 else "gouji, 2 jobs"].append(run(command))
        times["calamine"].append(run([options.reader, "calamine", *files]))
    shutil.rmtree(out, ignore_errors=True)
    which = 3 if options.user else 0
    base = [one[which] for one in times["calamine"]]
    print(f"\n| {len(files)} {title} to .csv | s | files/s | files/s ÷ calamine's |\n|---|--:|--:|--:|")
    for name, all_of in times.items():
        own = [one[which] for one in all_of]
        ratio = statistics.median(theirs / ours for ours, theirs in zip(own, base))
        median = statistics.median(own)
        print(f"| {name} | {median:.3f} | {len(files) / median:.0f} | {ratio:.2f} |", flush=True)


def run(command):
    """Wall seconds, processor seconds, peak MiB, and processor seconds outside the kernel."""
    status, wall, processor, user, peak, _ = measured.run_telling_all(command, stdout=subprocess.DEVNULL)
    if status not in (0, 1):
        raise SystemExit(f"{command} failed")
    return wall, processor, peak, user


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("target/bench"))
    parser.add_argument("--program", default="target/release/gouji")
    parser.add_argument("--reader", default="target/release/examples/read_cells")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=4_000_000, help="leave out files of more cells")
    parser.add_argument("--user", action="store_true", help="compare processor time outside the kernel")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    files = [(f"{n:,} cells", f"ledger-{n}.xlsx", n, lambda path, n=n: ledger(path, n)) for n in SERIES]
    files.append(("1,000 failing", "ledger-failing.xlsx", 60_000, lambda path: ledger(path, 60_000, 1000)))
    for count, columns in [(2000, 60), (400, 160)]:
        name = f"wide-{count}-{columns}.csv"
        files.append((f"wide, {count} × {columns}", name, count * columns, lambda path, n=count, m=columns: wide(path, n, m)))
    for count in (20_000, 200_000):
        name = f"budget-{count}.xlsx"
        files.append((f"budget list, {count:,} rows", name, count * 20, lambda path, n=count: budget(path, n)))
    files.append(("W1", "w1.xlsx", 4_000_000, w1))
    which = 3 if options.user else 0
    print("| file | check, s | processor s | peak MiB | calamine reads, s | ratio | × the case before |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    empty = [run([options.program, "--version"])[which] for _ in range(options.rounds * 4)]
    print(f"| --version | {statistics.median(empty):.4f} | | | | | |")
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
        own = statistics.median(ours[which] for ours, _ in pairs)
        busy = statistics.median(ours[1] for ours, _ in pairs)
        peak = max(ours[2] for ours, _ in pairs)
        theirs = statistics.median(its[which] for _, its in pairs)
        ratio = statistics.median(ours[which] / max(its[which], 1e-6) for ours, its in pairs)
        growth = f"{busy / last[1]:.2f} for {cells / last[0]:.1f} × cells" if title.endswith("cells") and last[1] else ""
        ratio = "" if path.suffix == ".csv" else f"{ratio:.2f}"
        print(f"| {title} | {own:.4f} | {busy:.4f} | {peak:.0f} | {theirs:.4f} | {ratio} | {growth} |", flush=True)
        if title.endswith("cells"):
            last = (cells, busy)
    converted(options, "workbooks of three lists", "converted", small)
    converted(options, "workbooks of three tables with formulas and totals (W2)", "executed", executed)


if __name__ == "__main__":
    main()
