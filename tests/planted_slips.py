#!/usr/bin/env python3
"""Why slips planted in clerks' sums are not seen, or seen and not named: each with a word.

usage: planted_slips.py SCORE_FORMULAS.py GOUJI WORKBOOK... [--plant K] [--half 0|1] [--keep DIR]

Plants the very slips that score_formulas.py --plant K plants, and tells of each that is not seen or not named why:
  not found    no check of the clean workbook holds the cell as one of the clerk's own sums does
  silent       such a check is there and holds; once the slip is planted, no check has the cell's sum any more
  tolerance    the check is there still and agrees within what the printed digits allow
  doubted: …   the check fails and is counted among those that could not be verified, with the reason
  elsewhere    an error is told whose cells do not include the slip
  misnamed     seen, but the first explanation names another cell
With --half only every other workbook is looked at: rules are chosen on one half and reported on the other. With --keep the
planted workbooks stay in DIR and are used again.
"""
import argparse, collections, contextlib, io, json, os, random, re, runpy, subprocess, sys, tempfile, warnings

warnings.simplefilter("ignore")
import openpyxl

arguments = argparse.ArgumentParser()
arguments.add_argument("score"), arguments.add_argument("gouji"), arguments.add_argument("books", nargs="+")
arguments.add_argument("--plant", type=int, default=8), arguments.add_argument("--half", type=int)
arguments.add_argument("--keep"), arguments.add_argument("--quiet", action="store_true")
given = arguments.parse_args()
sys.argv = [given.score, given.gouji, os.devnull]
with contextlib.redirect_stdout(io.StringIO()):
    score = runpy.run_path(given.score)
keep = given.keep or tempfile.mkdtemp()
os.makedirs(keep, exist_ok=True)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def truths(formulas, values):
    """The sums that the clerk wrote and that agree: {(sheet, cell): ({cell: coefficient}, those that are not zero)}."""
    truth = {}
    for sheet in formulas.worksheets:
        stored = values[sheet.title]
        at = lambda cell: stored[cell].value if is_number(stored[cell].value) else 0
        for row in sheet.iter_rows():
            for cell in row:
                if not (isinstance(cell.value, str) and cell.value.startswith("=")) or not isinstance(stored[cell.coordinate].value, (int, float)):
                    continue
                terms = score["additive"](cell.value)
                if not terms or len(terms) > 5000 or abs(sum(k * at(c) for c, k in terms.items()) - at(cell.coordinate)) > 0.006:
                    continue
                live = {c: k for c, k in terms.items() if at(c)}
                if len(live) >= 2:
                    truth[sheet.title, cell.coordinate] = (terms, live)
    return truth


def plant(path, count):
    """Writes the workbook without formulas, and once more for each slip; [(sheet, target, cell, was, is, file)]."""
    name = os.path.splitext(os.path.basename(path))[0]
    index = os.path.join(keep, f"{name}.{count}.json")
    if os.path.exists(index):
        kept = json.load(open(index))
        return kept["plain"], {tuple(k): (t, l) for k, t, l in kept["truth"]}, kept["slips"]
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for sheet in values.worksheets:
        sheet._images = []
    truth = truths(formulas, values)
    plain = os.path.join(keep, f"{name}.plain.xlsx")
    values.save(plain)
    rng = random.Random(os.path.basename(path))
    keys = sorted(key for key, (_, live) in truth.items() if len(live) >= 3)
    slips = []
    for key in rng.sample(keys, min(count, len(keys))):
        sheet, target = key
        at = rng.choice(sorted(truth[key][1]) + [target])
        cell = values[sheet][at]
        was = cell.value
        wrong = score["slips"](was, rng)
        if not wrong:
            continue
        cell.value = rng.choice(wrong)
        file = os.path.join(keep, f"{name}.{len(slips)}.xlsx")
        values.save(file)
        slips.append([sheet, target, at, was, cell.value, file])
        cell.value = was
    json.dump({"plain": plain, "truth": [[k, t, l] for k, (t, l) in truth.items()], "slips": slips}, open(index, "w"))
    return plain, truth, slips


def check(file, which):
    run = subprocess.run([given.gouji, "check", "--checks", which, "--format", "json", file], capture_output=True, text=True, timeout=300)
    return json.loads(run.stdout)


def cells_of(check):
    return {(t["sheet"], t["cell"]) for t in check["terms"] + [check["target"]]}


def own_sums(report, truth, place):
    """The checks of a report that hold a cell and are one of the clerk's sums."""
    wanted = []
    for (sheet, target), (terms, live) in truth.items():
        if sheet == place[0] and (place[1] in terms or place[1] == target):
            wanted.append(({(sheet, c) for c in terms} | {(sheet, target)}, {(sheet, c) for c in live} | {(sheet, target)}))
    found = []
    for one in report["checks"]:
        if one["operation"] != "sum":
            continue
        cells = cells_of(one)
        if place not in cells:
            continue
        alive = {(t["sheet"], t["cell"]) for t in one["terms"] + [one["target"]] if score["num"](t.get("value")) not in (None, 0.0)}
        if any(alive - {place} <= every and live - {place} <= cells for every, live in wanted):
            found.append(one)
    return found


def why(clean, report, truth, place):
    """A word for a slip that is not seen."""
    if not own_sums(clean, truth, place):
        return "not found"
    # With the slip in place the figures of the sum are the same but for one.
    now = own_sums(report, truth, place)
    for one in now:
        if one["outcome"] == "unverifiable":
            reason = (one.get("reason") or {})
            text = reason.get("text", reason) if isinstance(reason, dict) else reason
            against = [a.get("kind", a) if isinstance(a, dict) else a for a in one.get("against", [])]
            return "doubted: " + (", ".join(map(str, against)) or re.sub(r"[A-Z]+\d+|\d+", "#", str(text))[:60])
    if any(one["outcome"] == "rounding" for one in now):
        return "tolerance"
    if any(one["outcome"] == "holds" for one in now):
        return "holds"
    if any(one["outcome"] == "fails" for one in now):
        return "fails, no error"
    return "silent (" + "+".join(sorted({e for one in own_sums(clean, truth, place) for e in one["evidence"]})) + ")"


total, reasons, lines = collections.Counter(), collections.Counter(), []
books = [book for at, book in enumerate(given.books) if given.half is None or at % 2 == given.half]
for path in books:
    try:
        plain, truth, slips = plant(path, given.plant)
    except Exception as trouble:
        print("unreadable", os.path.basename(path), str(trouble)[:60])
        continue
    clean = None
    for sheet, target, cell, was, now, file in slips:
        try:
            report = check(file, "all")
        except Exception:
            reasons["no report"] += 1
            continue
        total["planted"] += 1
        by = {one["id"]: one for one in report["checks"]}
        place = (sheet, cell)
        is_it = lambda at: at is not None and (at["sheet"], at["cell"]) == place
        errors = [f for f in report["findings"] if f.get("check") is not None and f["severity"] != "info"]
        hits = [f for f in errors
                if place in cells_of(by[f["check"]]) or is_it(f["cell"]) or any(map(is_it, f.get("related", [])))
                or any(is_it(d.get("cell")) for d in f.get("diagnoses", [])[:1])]
        named = any(is_it(d.get("cell")) for f in hits for d in f.get("diagnoses", [])[:1])
        total["seen"] += bool(hits)
        total["named"] += named
        if named:
            continue
        if hits:
            first = next((d for f in hits for d in f.get("diagnoses", [])[:1]), None)
            word = "misnamed: " + (f"{first['kind']}" if first else "no explanation")
            detail = "" if not first or not first.get("cell") else f"{first['cell']['cell']} {first.get('value')} rivals {first.get('rivals')}"
        else:
            if clean is None:
                clean = check(plain, "all")
            word, detail = why(clean, report, truth, place), ""
        reasons[word] += 1
        lines.append(f"{word:40s} {os.path.basename(path)[:28]:28s} {sheet[:14]:14s} {cell:6s} of {target:6s} {was} -> {now} {detail} {os.path.basename(file)}")
if not given.quiet:
    print("\n".join(sorted(lines)))
for word, count in sorted(reasons.items(), key=lambda item: -item[1]):
    print(f"{count:4d} {word}")
planted = max(1, total["planted"])
print(f"planted {total['planted']}  seen {total['seen'] / planted:.4f}  named {total['named'] / planted:.4f}")
