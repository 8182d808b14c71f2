#!/usr/bin/env python3
"""Fills fuzz/corpus with small starting inputs: the cases under tests/cases/read, and parts of the workbooks given.

    fuzz/seed.py samples ../shared/data/torture
"""

import re
import sys
import zipfile
from hashlib import sha1
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST, PER_TARGET = 16_384, 300
PARTS = [
    (r"xl/worksheets/sheet\d+\.xml", ["sheet_xml"]),
    (r"xl/sharedStrings\.xml", ["shared_strings"]),
    (r"xl/styles\.xml", ["styles"]),
    (r"xl/comments\d*\.xml", ["comments"]),
    (r"xl/workbook\.xml", ["workbook_xml"]),
    (r"xl/_rels/workbook\.xml\.rels", ["relations"]),
    (r"xl/worksheets/sheet\d+\.bin", ["xlsb_sheet"]),
    (r"content\.xml", ["ods_content"]),
    (r"word/document\.xml", ["docx"]),
]
counts = {}


def seed(target, data):
    if len(data) > LARGEST or counts.get(target, 0) >= PER_TARGET:
        return
    counts[target] = counts.get(target, 0) + 1
    folder = ROOT / "fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sha1(data).hexdigest()).write_bytes(data)


def package(data, path):
    seed("zip_open", data[4:])
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            for pattern, targets in PARTS:
                if member.file_size <= LARGEST and re.fullmatch(pattern, member.filename, re.I):
                    content = archive.read(member)
                    for target in targets:
                        seed(target, content)
                    if "styles" in targets:
                        for code in re.findall(rb'formatCode="([^"]*)"', content):
                            seed("number_format", code.replace(b"&quot;", b'"').replace(b"&amp;", b"&"))


def workbook_stream(data):
    """The records of a small .xls, past the head that the target writes itself."""
    start = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    if start >= 0:
        seed("xls_records", data[start + 20 : start + 20 + LARGEST])


def any_file(path):
    data = path.read_bytes()
    seed("whole_file", data)
    if data.startswith(b"PK"):
        package(data, path)
    elif data.startswith(b"\xd0\xcf"):
        workbook_stream(data)
    elif path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        seed("delimited", data)
        seed("check", data)
    elif b"<table" in data.lower() or b"<html" in data.lower():
        seed("html", data)
    elif b"urn:schemas-microsoft-com:office:spreadsheet" in data:
        seed("spreadsheetml", data[data.find(b">", data.find(b"<Workbook")) + 1 :])


for name in sys.argv[1:]:
    for path in sorted(Path(name).rglob("*"), key=lambda path: (path.stat().st_size, path)):
        if path.is_file() and path.stat().st_size <= 1 << 20:
            try:
                any_file(path)
            except Exception as error:  # The set is full of files that no library opens.
                print(f"{path}: {error}", file=sys.stderr)
for path in sorted((ROOT / "tests/cases/read").glob("*/*")):
    seed(path.parent.name, path.read_bytes())
for path in sorted((ROOT / "schemas").rglob("*.toml")):
    text = path.read_bytes()
    for name in b"01234":  # The first byte chooses the name it is read by.
        seed("schemas", bytes([name]) + text)
    for relation in re.findall(rb'^relation = "(.*)"$', text, re.M):
        seed("relation", relation)
for text in "1,234.50|（12.5）|－1２3|12%|1.2万|壹万贰仟叁佰元整|三千二百|1e-7|-0.00|79228162514264337593543950335|¥ 3,000.00 元|１２，３４５．６７".split("|"):
    seed("amounts", text.encode())
for text in ["General", "0!.0,", '#,##0.00_);[Red]\\(#,##0.00\\)', '[>=10000]0.0,"万";0', "yyyy年m月d日", "# ?/?", '[DBNum2][$-804]General"元整"', "0.00E+00", "@"]:
    seed("number_format", text.encode())
for text in ["单位,金额\n甲,1.5\n乙,2.5\n合计,4\n", "项目\t年初\t调增\t调整后\nA\t1\t2\t3\n"]:
    for encoding in ["utf-8", "gb18030", "utf-16"]:
        seed("delimited", text.encode(encoding))
        seed("check", text.encode(encoding))


def table(name, lines):
    """A table of tests/tables as the formats of text have it."""
    rows = [["" if cell.strip() in "<^" else cell.strip() for cell in line.split("|")] for line in lines]
    text = "\n".join([name, *(",".join(row) for row in rows)]).encode()
    seed("check", text)
    seed("delimited", text.decode().replace(",", "\t").encode("gb18030"))
    cells = lambda row, form: "".join(form.format(cell) for cell in row)
    seed("html", "".join(f"<tr>{cells(row, '<td>{}</td>')}</tr>" for row in rows).encode())
    form = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    body = "".join(f"<w:tr>{cells(row, form)}</w:tr>" for row in rows)
    seed("docx", f"<w:document><w:body><w:p><w:r><w:t>{name}</w:t></w:r></w:p><w:tbl>{body}</w:tbl></w:body></w:document>".encode())
    form = '<Cell><Data ss:Type="String">{}</Data></Cell>'
    body = "".join(f"<Row>{cells(row, form)}</Row>" for row in rows)
    seed("spreadsheetml", f'<Worksheet ss:Name="S"><Table>{body}</Table></Worksheet></Workbook>'.encode())


for path in sorted((ROOT / "tests/tables").glob("*.txt")):
    for block in path.read_text().split("\n== ")[1:]:
        for part in block.split("\n@ ")[1:]:
            name, *lines = part.strip().splitlines()
            table(name, [line for line in lines if "|" in line])
seed("docx", '<w:document><w:body><w:p><w:r><w:t>表1</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>项目</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>1.5</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>'.encode())
seed("html", '<tr><th rowspan="2" colspan=3>项目</th><td style="mso-number-format:\'0.00\'" x:num="1.5">1.50&nbsp;</td></tr>'.encode())
seed("spreadsheetml", b'<Worksheet ss:Name="S"><Table><Row ss:Index="2"><Cell ss:MergeAcross="1"><Data ss:Type="Number">1.5</Data></Cell></Row></Table></Worksheet></Workbook>')
print(" ".join(f"{target}={count}" for target, count in sorted(counts.items())))
