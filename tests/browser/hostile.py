"""Writes workbooks whose every text is an attempt to run in the page: python3 hostile.py FOLDER → their names as JSON."""

import json
import os
import sys

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName

PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</script><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}#{7*7}",
    "<style>*{display:none}</style>",
    "<a href=javascript:alert(1)>x</a>",
    "</textarea><img src=x onerror=alert(1)>",
    "</title><img src=x onerror=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<object data='data:text/html,<script>alert(1)</script>'>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "\u202egnp.exe<img src=x onerror=alert(1)>",
    "a\u2028b\u2029<img src=x onerror=alert(1)>",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "`${alert(1)}`",
    "\\u003cimg src=x onerror=alert(1)\\u003e",
    "<link rel=stylesheet href=//evil.example/x.css>",
]


def sheet_name(payload, number):
    kept = "".join(c for c in payload if c not in "[]:*?/\\" and ord(c) >= 32)
    return f"{number}{kept}"[:31].strip("'")


def write(folder, number, payload):
    book = Workbook()
    book.properties.title = book.properties.creator = book.properties.description = payload
    sheet = book.active
    sheet.title = sheet_name(payload, number)
    sheet["A1"] = f"2022年度{payload}支出表"
    sheet["A2"], sheet["C2"] = f"编制单位：{payload}", "单位：万元"
    sheet.append([f"项目{payload}", f"预算数{payload}", "支出数"])
    lines = [f"{numeral}、{payload}" for numeral in "一二三四五"]
    for at, line in enumerate(lines):
        sheet.append([line, 10.25 * (at + 1) + number, 3.5 * (at + 2)])
    sheet.append(["合计", 153.75 + 5 * number + 0.9, 70])
    sheet["D4"] = payload
    sheet["B4"].number_format = f'0.00"{payload.replace(chr(34), "")}"'
    sheet["B5"].font = Font(name=payload[:31])
    sheet["B9"].comment = Comment(payload, payload)
    sheet["A5"].hyperlink = "https://example.org/?" + payload.replace(" ", "%20")
    book.defined_names["名称一"] = DefinedName("名称一", attr_text="'" + sheet.title.replace("'", "''") + "'!$B$4", comment=payload[:255])
    safe = "".join("_" if c in "/\0" else c for c in payload)[:60]
    name = f"{number:02d}{safe}.xlsx"
    book.save(os.path.join(folder, name))
    return name


names = [write(sys.argv[1], number, payload) for number, payload in enumerate(PAYLOADS)]
# Title, unit line, two headers, five labels, a cell, a format, a font, note and author, link, name, three properties, sheet and file.
print(json.dumps({"names": names, "strings": 20 * len(PAYLOADS)}))
