#!/usr/bin/env python3
"""Runs a command and tells its wall seconds, processor seconds, those outside the kernel and peak KiB on the last line of
standard error.

A process of its own because Linux counts the peak of a child from the moment it is forked: a script that has just made a
large workbook would lend its own to every program that it measures. What this one holds (some 8 MiB) is the least that can
be told.
"""

import os
import subprocess
import sys
import time


def run(command, stdout=subprocess.PIPE, env=None):
    """Exit status, wall seconds, processor seconds, peak MiB and what was printed, of a command run on its own."""
    status, wall, processor, _, peak, out = run_telling_all(command, stdout, env)
    return status, wall, processor, peak, out


def run_telling_all(command, stdout=subprocess.PIPE, env=None):
    """The same, with the processor seconds outside the kernel before the peak."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", __file__, *map(str, command)], stdout=stdout, stderr=subprocess.PIPE, env=env
    )
    told = done.stderr.decode(errors="replace").strip().splitlines()[-1]
    wall, processor, user, peak = map(float, told.split())
    return done.returncode, wall, processor, user, peak / 1024, done.stdout


def main():
    before = time.perf_counter()
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
    _, status, usage = os.wait4(child, 0)
    wall, processor = time.perf_counter() - before, usage.ru_utime + usage.ru_stime
    print(wall, processor, usage.ru_utime, usage.ru_maxrss, file=sys.stderr)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main()
