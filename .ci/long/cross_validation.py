#!/usr/bin/env python3
"""Five-fold cross-validation of the least scores and shares by which mining believes what the numbers of a table hold.

usage: cross_validation.py MINING_SCORE DATA.jl.gz [LIMIT…]

MINING_SCORE is the example of that name (`cargo build --release --example mining_score`), DATA the annotated tables of AggreCol.
Each limit is tried at half, once and twice its value (a share, which is at most 1, at three quarters and five quarters). For each
fold, the tables whose place in DATA leaves it as remainder by five, every limit takes the value that serves the other four folds
best, the rest being as shipped; all limits so chosen are then measured together on the fold, where none was chosen. Beside it stands
what the limits as shipped come to on the same fold. Needs Python 3.9 and nothing else; a quarter of an hour.
"""
import os, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

SHIPPED = {
    "run": 9, "worded_run": 4, "run_share": 0.4, "folded": 14, "goes_on": 9, "siblings": 14, "apart": 26, "apart_share": 0.8, "apart_distinct": 3,
    "signed": 16, "worded_signed": 8, "signed_share": 0.75, "alike": 12, "listed": 24, "listed_signed": 64, "listed_share": 0.6,
    "listed_signed_distinct": 4, "alone": 9, "mean": 20, "quotient": 10, "quotient_share": 0.5, "bare_quotient": 24,
    "bare_quotient_share": 0.8, "bare_change": 64,
}
FOLDS = 5

def values(name):
    value = SHIPPED[name]
    steps = (0.75, 1, 1.25) if name.endswith("share") else (0.5, 1, 2)
    return [round(value * step, 4) for step in steps]

def measure(program, data, limits):
    """Annotated, predicted and right, in each fold: of sums, and of all operations."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counts.tsv")
        options = [part for name, value in limits.items() for part in ("--set", f"{name}={value}")]
        subprocess.run([program, data, "--tables", path, *options], check=True, stdout=subprocess.DEVNULL)
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
    program, data, *names = sys.argv[1:]
    names = names or list(SHIPPED)
    trials = [(name, value) for name in names for value in values(name)]
    with ThreadPoolExecutor(int(os.environ.get("JOBS", "1"))) as pool:
        shipped = measure(program, data, {})
        def tried(trial):
            return shipped if trial[1] == SHIPPED[trial[0]] else measure(program, data, dict([trial]))
        known = dict(zip(trials, pool.map(tried, trials)))
    held = [{"sum": [0, 0, 0], "all": [0, 0, 0]} for _ in range(FOLDS)]
    for fold in range(FOLDS):
        rest = [other for other in range(FOLDS) if other != fold]
        limits = {}
        for name in names:
            best = max(values(name), key=lambda value: (f1(known[name, value], "all", rest), value == SHIPPED[name]))
            if best != SHIPPED[name]:
                limits[name] = best
        single = known.get(next(iter(limits.items()), None)) if len(limits) == 1 else None
        held[fold] = (single or (measure(program, data, limits) if limits else shipped))[fold]
        one = [fold]
        print(f"fold {fold}: chosen {limits}  sum {f1(held, 'sum', one):.4f} all {f1(held, 'all', one):.4f}"
              f"  as shipped sum {f1(shipped, 'sum', one):.4f} all {f1(shipped, 'all', one):.4f}", flush=True)
    every = range(FOLDS)
    print(f"held out: sum F1 {f1(held, 'sum', every):.4f}, all F1 {f1(held, 'all', every):.4f}; "
          f"as shipped: sum F1 {f1(shipped, 'sum', every):.4f}, all F1 {f1(shipped, 'all', every):.4f}")

if __name__ == "__main__":
    main()
