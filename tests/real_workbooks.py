#!/usr/bin/env python3
"""Prints the tables of docs/real-workbooks.md: what `gouji check` makes of every workbook in a folder.

    python3 tests/real_workbooks.py target/debug/gouji ../shared/data/real > raw.md

The first table has a row for each workbook, the second one for each finding; nothing of the data itself is printed beyond the
labels and values that the findings quote. Standard library only.
"""

import argparse
import json
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def check(gouji, path):
    """The JSON report of one workbook; exit codes 0 and 1 are both a whole check."""
    command = [gouji, "check", "--format", "json", str(path)]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{path.name}: exit code {done.returncode}\n{done.stderr.decode()}")
    return json.loads(done.stdout)


def cell_text(cell):
    """A markdown cell: no bars, no line ends."""
    return str(cell).replace("|", "\\|").replace("\n", " ")


def row(*cells):
    print("| " + " | ".join(map(cell_text, cells)) + " |")


def head(*cells):
    row(*cells)
    row(*["---"] * len(cells))


def share(coverage):
    numbers, checked = coverage["numbers"], coverage["checked"]
    return f"{checked} ({100 * checked / numbers:.0f} %)" if numbers else "0"


def checks_of(summary):
    """How many checks, and how they came out."""
    names = ("holds", "rounding", "fails", "unverifiable", "not_applicable")
    return sum(summary[name] for name in names)


def workbooks(reports):
    head("workbook", "tables", "numbers", "checked", "checks", "holds", "rounding", "fails", "findings")
    total = {}
    for name, report in reports:
        summary, coverage = report["summary"], report["coverage"]
        findings = len(report["findings"])
        row(name, summary["tables"], coverage["numbers"], share(coverage), checks_of(summary),
            summary["holds"], summary["rounding"], summary["fails"], findings)
        for key, value in {**summary, **coverage, "findings": findings}.items():
            total[key] = total.get(key, 0) + value
    row(f"all {len(reports)}", total["tables"], total["numbers"], share(total), checks_of(total),
        total["holds"], total["rounding"], total["fails"], total["findings"])


def findings(reports):
    head("workbook", "sheet", "cell", "rule", "severity", "message")
    for name, report in reports:
        for finding in report["findings"]:
            cell = finding["cell"] or {}
            row(name, cell.get("sheet", ""), cell.get("cell", ""), finding["rule"], finding["severity"],
                finding["message"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gouji", help="the program")
    parser.add_argument("folder", type=pathlib.Path, help="the workbooks")
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in (".xls", ".xlsx"))
    if not paths:
        sys.exit(f"no workbooks in {arguments.folder}")
    with ThreadPoolExecutor(2) as pool:
        reports = list(zip([path.name for path in paths], pool.map(lambda path: check(arguments.gouji, path), paths)))
    workbooks(reports)
    print()
    findings(reports)


if __name__ == "__main__":
    main()
