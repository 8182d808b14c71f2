#!/usr/bin/env python3
"""Five-fold cross-validation of the least scores and shares by which mining believes what the numbers of a table hold.

usage: cross_validation.py [--whole] MINING_SCORE DATA.jl.gz [LIMIT…]

MINING_SCORE is the example of that name (`cargo build --release --example mining_score`), DATA the annotated tables of AggreCol.
Mining alone is measured, or with --whole the whole program. Each limit is tried at half, once and twice its value (a share, which is
at most 1, at three quarters and five quarters). For each fold, the tables whose place in DATA leaves it as remainder by five, every
limit takes the value that serves the other four folds best, by a thousandth at least, the rest being as shipped; all limits so chosen
are then measured together on the fold, where none was chosen. Beside it stands what the limits as shipped come to on the same fold.
Needs Python 3.9 and nothing else; a quarter of an hour.
"""
import os, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

FOLDS = 5
# What a limit must gain on the four folds before it is set otherwise: less is noise.
LEAST_GAIN = 0.001

def values(name, value):
    steps = (0.75, 1, 1.25) if name.endswith("share") else (0.5, 1, 2)
    return [round(value * step, 4) for step in steps]

def measure(command, limits):
    """Annotated, predicted and right, in each fold: of sums, and of all operations."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counts.tsv")
        options = [part for name, value in limits.items() for part in ("--set", f"{name}={value}")]
        subprocess.run([*command, "--tables", path, *options], check=True, stdout=subprocess.DEVNULL)
        lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
    folds = [{"sum": [0, 0, 0], "all": [0, 0, 0]} for _ in range(FOLDS)]
    for at, (_, operation, *counts) in enumerate(lines):
        # Four operations a table, in the order of the tables.
        for kind in ("sum", "all") if operation == "sum" else ("all",):
            total = folds[at // 4 % FOLDS][kind]
            for place, count in enumerate(counts):
                total[place] += int(count)
    return folds

def f1(folds, kind, chosen):
    annotated, predicted, right = (sum(folds[fold][kind][place] for fold in chosen) for place in range(3))
    return 2 * right / (annotated + predicted) if annotated + predicted else 0.0

def main():
    *options, program, data = [argument for argument in sys.argv[1:3 + ("--whole" in sys.argv)]]
    names = sys.argv[3 + len(options):]
    command = [program, data, *options]
    listed = subprocess.run([program, "--limits"], check=True, capture_output=True, text=True).stdout
    as_shipped = {name: float(value) for name, value in (line.split("\t") for line in listed.splitlines())}
    names = names or list(as_shipped)
    every = range(FOLDS)
    trials = [(name, value) for name in names for value in values(name, as_shipped[name])]
    with ThreadPoolExecutor(int(os.environ.get("JOBS", "1"))) as pool:
        shipped = measure(command, {})
        def tried(trial):
            name, value = trial
            return shipped if value == as_shipped[name] else measure(command, {name: value})
        known = {}
        for (name, value), folds in zip(trials, pool.map(tried, trials)):
            known[name, value] = folds
            print(f"{name} {value:g}: sum {f1(folds, 'sum', every):.4f} all {f1(folds, 'all', every):.4f}", flush=True)
    held = [{"sum": [0, 0, 0], "all": [0, 0, 0]} for _ in range(FOLDS)]
    for fold in range(FOLDS):
        rest = [other for other in range(FOLDS) if other != fold]
        limits = {}
        for name in names:
            own = as_shipped[name]
            served = {value: f1(known[name, value], "all", rest) for value in values(name, own)}
            best = max(served, key=served.get)
            if served[best] >= served[own] + LEAST_GAIN:
                limits[name] = best
        held[fold] = (measure(command, limits) if limits else shipped)[fold]
        one = [fold]
        print(f"fold {fold}: chosen {limits}  sum {f1(held, 'sum', one):.4f} all {f1(held, 'all', one):.4f}"
              f"  as shipped sum {f1(shipped, 'sum', one):.4f} all {f1(shipped, 'all', one):.4f}", flush=True)
    print(f"held out: sum F1 {f1(held, 'sum', every):.4f}, all F1 {f1(held, 'all', every):.4f}; "
          f"as shipped: sum F1 {f1(shipped, 'sum', every):.4f}, all F1 {f1(shipped, 'all', every):.4f}")

if __name__ == "__main__":
    main()
