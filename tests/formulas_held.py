#!/usr/bin/env python3
"""Holds the last line of score_formulas.py against what docs/real-workbooks.md states.

usage: formulas_held.py SCORES.txt docs/real-workbooks.md

Exits with 1 when the mean recall of a book is lower, or more errors are certainly false, than the page says.
"""
import pathlib, re, sys

scores, page = (pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])
measured = re.search(r"mean recall per book ([\d.]+) .* certainly false (\d+)", scores)
stated = re.search(r"mean recall of a book ([\d.]+), certainly false (\d+)", page)
if not measured or not stated:
    sys.exit("no figures: " + ("the scores have no last line" if not measured else "the page states none"))
recall, false = float(measured[1]), int(measured[2])
least, most = float(stated[1]), int(stated[2])
print(f"mean recall of a book {recall:.3f} (stated {least:.3f}), certainly false {false} (stated {most})")
# The page rounds to three decimals.
if recall < least - 0.0005 or false > most:
    sys.exit("worse than docs/real-workbooks.md states")
