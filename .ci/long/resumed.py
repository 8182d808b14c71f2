#!/usr/bin/env python3
"""Kills `convert` of 2,000 files at random moments, twenty times, and runs it again: the dataset is the same, byte for byte.

    .ci/long/resumed.py target/release/gouji [--times 20] [--files 2000]

Each trial begins in an empty folder; a third of them are killed twice. The outputs in every form are compared with those of
a run that nobody killed.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAKER = Path(__file__).resolve().with_name("archive.py")


def prints(folder):
    """Every output by its name; what the dataset keeps for itself is not looked at."""
    paths = (path for path in folder.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def convert(program, tree, out, seconds=None):
    """Runs to the end, or kills the program and its children after a while; whether it was killed."""
    child = subprocess.Popen(
        [program, "convert", tree, "-o", out, "--to", "parquet,csv,jsonl,sqlite"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return child.returncode < 0


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--times", type=int, default=20)
    arguments.add_argument("--files", type=int, default=2_000)
    given = arguments.parse_args()
    chance, broken, killed = random.Random(17), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        made = [sys.executable, str(MAKER), "--files", str(given.files), "--keep", str(scratch / "made"), "--make-only"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        tree = scratch / "made" / "tree"
        started = time.monotonic()
        convert(given.program, tree, scratch / "whole")
        whole = time.monotonic() - started
        expected = prints(scratch / "whole")
        trials = 0
        # A moment chosen at random may come when all is done: there are trials until so many runs were killed.
        while killed < given.times and trials < given.times * 5:
            trial, trials = trials, trials + 1
            out = scratch / f"out{trial}"
            for _ in range(2 if trial % 3 == 0 else 1):
                killed += convert(given.program, tree, out, chance.uniform(0.02, 0.95) * whole)
            convert(given.program, tree, out)
            found = prints(out)
            if found != expected:
                broken += 1
                names = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
                print(f"trial {trial}: other than expected: {', '.join(names)}", flush=True)
            subprocess.run(["rm", "-rf", str(out)], check=True)
    print(f"{killed} runs of {whole:.1f} s killed, {len(expected)} outputs compared {trials} times, {broken} differ")
    return 1 if broken or killed < given.times else 0


sys.exit(main())
