"""Prints the fills and notes of a workbook as another program reads them (openpyxl)."""

import json
import sys

from openpyxl import load_workbook

book = load_workbook(sys.argv[1])
marks = {}
for sheet in book:
    for row in sheet.iter_rows():
        for cell in row:
            fill = cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else None
            note = cell.comment.text if cell.comment else None
            if fill or note:
                marks[f"{sheet.title}!{cell.coordinate}"] = {"fill": str(fill), "note": note, "value": str(cell.value)}
print(json.dumps({"sheets": book.sheetnames, "marks": marks}, ensure_ascii=False))
