#!/usr/bin/env python3
"""Tries every small input that attacks and public bug reports gave, and says which does not come out right.

    .ci/long/cases.py target/release/gouji ../shared/cases

What is right stands here, case by case: of `bugs` the errors by cell (those of k1 to k4 are about relations, and have fixtures),
of `security` what must still stand, and what must not reach a screen. Time and memory of the made files: `hostile.py`.
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Of a whole kind, where its files do not differ: the cells with errors.
RIGHT_TOTALS = re.compile(r"k5_\w+\.html|k6_(trailing_minus|u202d|equals_text_middle).*|k8_.*|k11_.*")
ACTING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")

broken = []


def ask(condition, what):
    if not condition:
        broken.append(what)


def run(*arguments, **more):
    return subprocess.run(list(map(str, arguments)), capture_output=True, timeout=300, **more)


def report(program, path):
    return json.loads(run(program, "check", "--format", "json", path).stdout)


def bugs(program, folder):
    for path in sorted(folder.glob("k*")):
        kind = int(re.match(r"k(\d+)_", path.name)[1])
        if kind < 5:
            continue
        told = report(program, path)
        errors = [finding["cell"]["cell"] for finding in told["findings"] if finding["severity"] == "error"]
        if RIGHT_TOTALS.fullmatch(path.name):
            ask(errors == [], f"{path.name}: {errors}, where nothing is wrong")
            ask(kind == 11 or told["summary"]["holds"] >= 1, f"{path.name}: its total is not checked")
        else:
            ask(len(errors) == 1 and errors[0][0] in "BC", f"{path.name}: {errors}, where one total is wrong")
        if kind == 11:
            names = [finding["message"] for finding in told["findings"] if finding["rule"] == "W06"]
            ask(any("2024" in str(name) for name in names), f"{path.name}: the date is not named")
        if kind in (9, 10, 14):
            with tempfile.TemporaryDirectory() as out:
                done = run(program, "annotate", path, "-o", out)
                copies = list(Path(out).glob("*.xlsx"))
                said = (done.stdout + done.stderr).decode()
                if kind == 10 and not copies:
                    ask("没有损坏" in said, f"{path.name}: called damaged: {said}")
                else:
                    ask(len(copies) == 1, f"{path.name}: no copy: {said}")
                    ask(copies and run(program, "verify", copies[0]).returncode == 0, f"{path.name}: its copy has faults")


def made(program, cases, scratch):
    """Those of the made files of which more is asked than time and memory."""
    run(sys.executable, cases / "security/make_cases.py", scratch, "terminal_escapes", "locked_structure", "long_texts_32k", "cols_16384", "label_1mb")
    file = scratch / "terminal_escapes.xlsx"
    for arguments in (["check", file], ["inspect", file], ["annotate", file, "-o", scratch / "out"], ["check", scratch / "none\x1b[31m.xlsx"]):
        done = run(program, *arguments)
        found = ACTING.search((done.stdout + done.stderr).decode())
        ask(not found, f"{arguments[0]} lets {found and found[0]!r} reach the screen")
    done = run(program, "annotate", scratch / "locked_structure.xlsx", "-o", scratch / "locked")
    said = (done.stdout + done.stderr).decode()
    ask("结构受保护" in said, "annotate does not say that a structure is locked")
    ask(len(list((scratch / "locked").glob("*.xlsx"))) == 2, "a locked workbook gets no workbook of results")
    ask("结构受保护" in run(program, "annotate", "--help").stdout.decode(), "annotate --help does not say it beforehand")
    for name in ("long_texts_32k", "cols_16384", "label_1mb"):
        to = scratch / f"{name}.evaluation.xlsx"
        done = run(program, "evaluate", scratch / f"{name}.xlsx", "-o", to)
        ask(to.exists() and run(program, "verify", to).returncode == 0, f"evaluate {name}: {done.stderr.decode()}")
    # A file that is there, and is none of ours, is not replaced.
    mine = scratch / "mine.xlsx"
    mine.write_bytes(b"precious")
    run(program, "evaluate", scratch / "locked_structure.xlsx", "-o", mine)
    ask(mine.read_bytes() == b"precious", "evaluate replaced a file that is none of ours")
    marked = next((scratch / "locked").glob("*-核对.xlsx"))
    back = run(program, "unmark", marked)
    ask("重新打包" in run(program, "unmark", "--help").stdout.decode(), "unmark promises more than it does")
    ask(back.returncode == 0, f"unmark: {back.stderr.decode()}")


def scripts(program, security, scratch):
    done = run("bash", security / "convert_over_input.sh", program)
    lines = done.stdout.decode().splitlines()
    hashes = [line.split()[0] for line in lines if re.fullmatch(r"[0-9a-f]{64}\s+.*", line)]
    ask(len(hashes) >= 4 and hashes[:2] == hashes[2:4], "convert wrote over its inputs")
    folder = scratch / "watch"
    # The program by its whole path: the script goes elsewhere.
    run("bash", security / "watch_names.sh", program, folder)
    ask((folder / "w2/out/存档/2023.txt").exists(), "watch deleted a folder that it had not made")
    ask((folder / "w2b/out/readme").is_file(), "watch took a name that was taken")
    for name in ("w1", "w2", "w2b", "w3"):
        status = json.loads((folder / name / "out/gouji-status.json").read_bytes())
        ask(all(packet["stage"] == "done" for packet in status["packets"].values()), f"{name}: not done: {status}")
    packets = json.loads((folder / "w3/out/gouji-status.json").read_bytes())["packets"].values()
    results = {packet["results"] for packet in packets}
    ask(len(packets) == len(results) == 3, f"files of like names share results: {results}")
    said = run(program, "check", security / "nul_becomes_utf16.csv").stdout.decode()
    ask("空字符" in said and "扩展名" not in said, f"two NULs are not told, or taken for UTF-16: {said}")


def main():
    program, cases = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in cases.rglob("*") if path.is_file()}
    bugs(program, cases / "bugs")
    with tempfile.TemporaryDirectory() as scratch:
        made(program, cases, Path(scratch))
        scripts(program, cases / "security", Path(scratch))
    for path, digest in before.items():
        ask(hashlib.sha256(path.read_bytes()).digest() == digest, f"{path} was changed")
    print("\n".join(broken))
    print(f"{len(broken)} cases are not right")
    return 1 if broken else 0


sys.exit(main())
