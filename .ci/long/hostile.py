#!/usr/bin/env python3
"""Runs every command on every file made to hurt; lists what takes over 5 s, or over 256 MiB of a file below 1 MB, and crashes.

    .ci/long/hostile.py target/release/gouji FOLDER [NAME…]

The folder is that of `make_cases.py`, or any other. Time is that of processors, so that a loaded machine hurts no one;
the peak is the greatest of the program and its children. Says for each kind of run the greatest of both.
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benches"))
import measured

SECONDS, PEAK_MIB, SMALL, KILL_AFTER = 5.0, 256, 1_000_000, 120
COMMANDS = {
    "check": lambda file, out: ["check", "--format", "json", "--checks", "failing", file],
    "inspect": lambda file, out: ["inspect", "--format", "json", file],
    "annotate": lambda file, out: ["annotate", file, "-o", out / "marked"],
    "evaluate": lambda file, out: ["evaluate", file, "-o", out / "evaluation.xlsx"],
    "convert": lambda file, out: ["convert", file, "-o", out / "data", "--to", "jsonl"],
}


def main():
    program, folder, *names = sys.argv[1:]
    paths = [path for path in sorted(Path(folder).iterdir()) if not names or path.stem in names]
    broken, worst = 0, {}
    for path in paths:
        size, before = path.stat().st_size, path.read_bytes()
        for command, arguments in COMMANDS.items():
            out = Path(tempfile.mkdtemp())
            run = ["timeout", "-s", "KILL", str(KILL_AFTER), program, *arguments(path, out)]
            status, wall, processor, peak, _ = measured.run(run)
            shutil.rmtree(out)
            faults = [f"exit {status}"] if status not in (0, 1, 2) else []
            faults += ["SLOW"] if processor > SECONDS else []
            faults += ["LARGE"] if peak > PEAK_MIB and size < SMALL else []
            faults += ["INPUT CHANGED"] if path.read_bytes() != before else []
            worst.setdefault((command, "seconds"), []).append((round(processor, 2), path.name))
            kind = "MiB below 1 MB" if size < SMALL else "MiB of larger files"
            worst.setdefault((command, kind), []).append((round(peak), path.name))
            if faults:
                broken += 1
                print(f"{command} {path.name} ({size} bytes): {processor:.1f} s, {peak:.0f} MiB: {', '.join(faults)}", flush=True)
    for (command, what), list in sorted(worst.items()):
        print(f"{command}, most {what}: " + ", ".join(f"{most} {name}" for most, name in sorted(list)[:-4:-1]))
    print(f"{len(paths)} files, {len(COMMANDS)} commands, {broken} runs past a bound")
    return 1 if broken else 0


sys.exit(main())
