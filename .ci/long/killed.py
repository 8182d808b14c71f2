#!/usr/bin/env python3
"""Kills `annotate`, `evaluate`, `convert` and `watch` at random moments, fifty times each; nothing half-written
may stand, nor stay.

    .ci/long/killed.py target/release/gouji FILE… [--times 50]

After each kill every output that has its own name must be whole (a zip that opens, JSON that parses), and every input as it
was. Then the command is run once more to its end: beside its outputs nothing may be left of the killed runs.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

COMMANDS = ("annotate", "evaluate", "convert", "watch")


def call(program, command, inbox, out):
    files = sorted(inbox.iterdir())
    return {
        "annotate": [program, "annotate", *files, "-o", out],
        "evaluate": [program, "evaluate", *files, "-o", out / "evaluation.xlsx"],
        "convert": [program, "convert", inbox, "-o", out / "data", "--to", "jsonl"],
        "watch": [program, "watch", inbox, out, "--once"],
    }[command]

def run(arguments, seconds=None):
    """Runs to the end, or kills the program and its children after a while; how long it ran."""
    started = time.monotonic()
    child = subprocess.Popen(
        list(map(str, arguments)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return time.monotonic() - started, child.returncode

def prints(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

def is_passing(path, root):
    """Whether a name says of itself that it is not done: hidden, or a part."""
    return any(part.startswith(".") or part.endswith((".part", ".tmp")) for part in path.relative_to(root).parts)

def half_written(root):
    """Outputs under their own names that are not whole."""
    found = []
    for path in (path for path in root.rglob("*") if path.is_file() and not is_passing(path, root)):
        try:
            if path.suffix in (".xlsx", ".xlsm", ".ods"):
                assert zipfile.ZipFile(path).testzip() is None
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
            elif path.suffix == ".jsonl":
                [json.loads(line) for line in path.read_text().splitlines()]
        except Exception as error:
            found.append(f"{path.relative_to(root)}: {error!r}")
    return found

def names(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))

def trial(program, command, inputs, times, chance):
    broken = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        inbox, clean, out = scratch / "in", scratch / "clean", scratch / "out"
        for folder in (inbox, clean, out):
            folder.mkdir()
        for path in inputs:
            shutil.copy(path, inbox / path.name)
        before = prints(inbox)
        whole, status = run(call(program, command, inbox, clean))
        if status not in (0, 1, 2):
            return [f"{command} ends with {status}"]
        expected = names(clean)
        killed = runs = 0
        # A moment chosen at random may come when all is done: runs are made until so many were killed.
        while killed < times and runs < times * 10:
            runs += 1
            # Every run begins with what the last one left, and now and then anew, so that watch has work to do.
            if chance.random() < 0.5:
                shutil.rmtree(out)
                out.mkdir()
            _, status = run(call(program, command, inbox, out), chance.uniform(0.0, whole))
            killed += status < 0
            broken += [f"{command}, half-written: {fault}" for fault in half_written(out)]
            if prints(inbox) != before:
                broken.append(f"{command} changed an input")
        run(call(program, command, inbox, out))
        left = sorted(set(names(out)) - set(expected))
        missing = sorted(set(expected) - set(names(out)))
        broken += [f"{command}, left behind: {name}" for name in left]
        broken += [f"{command}, missing: {name}" for name in missing]
        if killed < times:
            broken.append(f"{command} could be killed {killed} times only")
        print(f"{command}: {killed} of {runs} runs killed within {whole:.2f} s, {len(broken)} faults", flush=True)
    return broken

def main():
    arguments = sys.argv[1:]
    times = 50
    if "--times" in arguments:
        at = arguments.index("--times")
        times = int(arguments[at + 1])
        del arguments[at : at + 2]
    program, *inputs = arguments
    chance = random.Random(7)
    broken = []
    for command in COMMANDS:
        broken += trial(program, command, [Path(path) for path in inputs], times, chance)
    print("\n".join(broken))
    return 1 if broken else 0

sys.exit(main())
