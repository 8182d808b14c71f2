#!/usr/bin/env python3
"""Makes the documents beside it, and what each must be read as, from the same tables.

    pip install python-docx openpyxl
    apt-get install libreoffice-writer libreoffice-calc
    tests/documents/make.py

The documents are kept, so that tests need none of these programs. `self_evaluation_word.docx` is of python-docx, whose
template is Word's; `*_libreoffice.*` are what LibreOffice saves; the .htm and .mht are spelled as a database and as Excel
("single file web page") spell theirs.
"""

import base64
import quopri
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# A cell is a text; `<` goes on from the left, `^` from above.
SELF = {
    "captions": ["附件2", "项目支出绩效自评表", "（2025年度）单位：万元"],
    "rows": [
        ["项目名称", "老旧小区改造补助", "<", "<", "<", "<"],
        ["主管部门", "市住房和城乡建设局", "<", "实施单位", "市建设服务中心", "<"],
        ["项目资金", "", "年初预算数", "全年预算数", "全年执行数", "执行率"],
        ["^", "年度资金总额", "1,200.00", "1,350.50", "1,296.48", "96.00%"],
        ["^", "其中：当年财政拨款", "1,000.00", "1,150.50", "1,101.48", "95.74%"],
        ["^", "上年结转资金", "200.00", "200.00", "195.00", "97.50%"],
        ["年度总体目标", "完成12个小区改造，\n惠及居民3,860户。", "<", "<", "<", "<"],
        ["绩效指标", "一级指标", "三级指标", "年度指标值", "实际完成值", "得分"],
        ["^", "产出指标", "改造小区数量", "≥12个", "12个", "20"],
        ["^", "^", "验收合格率", "100%", "100%", "20"],
        ["^", "满意度指标", "居民满意度", "≥90%", "93.5%", "10"],
        ["总分", "<", "<", "<", "<", "96.5"],
    ],
}
DETAIL = {
    "captions": ["表2　资金明细表", "单位：元"],
    "rows": [
        ["编号", "用途", "金额"],
        ["001", "外墙保温（A&B栋）", "7,300,000.00"],
        ["002", "管网 <给水>", "3,860,000.00"],
        ["003", "冲减", "(1,200.50)"],
        ["", "合计", "11,158,799.50"],
    ],
}
LONG = "本部门按照《项目支出绩效评价管理办法》的要求，对2025年度纳入部门预算的项目支出开展了绩效自评，现将资金使用的明细情况列表说明如下，请予审核。"


def letters(column):
    return chr(ord("A") + column)


def merges(rows, down=0):
    """The merged ranges of a table that starts `down` rows below the first of its sheet."""
    found = []
    for top, row in enumerate(rows):
        for left, cell in enumerate(row):
            if cell in ("<", "^"):
                continue
            right = left
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            bottom = top
            while bottom + 1 < len(rows) and rows[bottom + 1][left] == "^":
                bottom += 1
            if (top, left) != (bottom, right):
                found.append((top + down, left, bottom + down, right))
    return found


def shown(name, blocks, value=lambda text: text):
    """A sheet as the test prints it: blocks of captions (one cell a row) and tables, from the first row on."""
    lines, ranges, row = [f"== {name}"], [], 0
    for block in blocks:
        if isinstance(block, str):
            lines.append(f"{row + 1}: {block}")
            row += 1
            continue
        ranges += merges(block, row)
        for cells in block:
            cells = ["" if cell in ("<", "^") else value(cell).replace("\n", "⏎") for cell in cells]
            lines.append(f"{row + 1}: {' | '.join(cells)}".rstrip(" |"))
            row += 1
    ranges = [f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}" for top, left, bottom, right in ranges]
    return "\n".join(lines + ([f"merged {' '.join(ranges)}"] if ranges else [])) + "\n"


def expect(file, *sheets):
    (HERE / f"{file}.txt").write_text("\n".join(sheets))


def documents_expected(file):
    expect(
        file,
        shown("项目支出绩效自评表", [*SELF["captions"], SELF["rows"]]),
        shown("表2　资金明细表", [*DETAIL["captions"], DETAIL["rows"]]),
    )


def word(file):
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    document.add_heading("2025年度绩效自评报告", 1)
    document.add_paragraph(LONG)

    def table(container, rows):
        made = container.add_table(len(rows), len(rows[0]))
        for top, left, bottom, right in merges(rows):
            made.cell(top, left).merge(made.cell(bottom, right))
        for top, row in enumerate(rows):
            for left, cell in enumerate(row):
                if cell in ("<", "^"):
                    continue
                first, *more = cell.split("\n")
                place = made.cell(top, left)
                # A number in two runs, as Word breaks texts at edits and at spelling marks.
                place.paragraphs[0].add_run(first[:2])
                place.paragraphs[0].add_run(first[2:])
                for line in more:
                    place.add_paragraph(line)
        return made

    for caption in SELF["captions"]:
        document.add_paragraph(caption)
    made = table(document, SELF["rows"])
    # What was deleted while changes were tracked is not there, what was inserted is.
    paragraph = made.cell(3, 2).paragraphs[0]._p
    author = 'w:id="1" w:author="审核" w:date="2026-01-05T09:00:00Z"'
    paragraph.insert(0, parse_xml(f'<w:del {nsdecls("w")} {author}><w:r><w:delText>1,100.00</w:delText></w:r></w:del>'))
    run = paragraph.r_lst[0]
    wrapped = parse_xml(f'<w:ins {nsdecls("w")} {author}/>')
    run.addprevious(wrapped)
    wrapped.append(run)
    document.add_paragraph(LONG)
    # The second table stands in a cell of one that only arranges the page.
    outer = document.add_table(1, 1).cell(0, 0)
    outer.paragraphs[0].add_run(DETAIL["captions"][0])
    outer.add_paragraph(DETAIL["captions"][1])
    table(outer, DETAIL["rows"])
    outer.add_paragraph("")
    document.save(HERE / file)


def spans_of(table):
    return {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merges(table)}


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page(tables, attributes="border=1"):
    out = []
    for block in tables:
        if isinstance(block, str):
            out.append(f"<p>{block}</p>")
            continue
        out.append(f"<table {attributes}>")
        spans = spans_of(block)
        for top, row in enumerate(block):
            out.append("<tr>")
            for left, cell in enumerate(row):
                if cell in ("<", "^"):
                    continue
                down, across = spans.get((top, left), (1, 1))
                text = escaped(cell).replace("\n", "<br>")
                out.append(f"<td rowspan={down} colspan={across}>{text}</td>")
            out.append("</tr>")
        out.append("</table>")
    return "\n".join(out)


def soffice(source, target, filters):
    """Saves `source` as `target` with the filter named."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{scratch}/profile", "--headless", *filters, "--outdir", scratch, str(source)],
            check=True, capture_output=True, timeout=300,
        )
        made = Path(scratch) / f"{Path(source).stem}{Path(target).suffix}"
        (HERE / target).write_bytes(made.read_bytes())


def libreoffice_document(file):
    blocks = ["2025年度绩效自评报告", LONG, *SELF["captions"], SELF["rows"], LONG, *DETAIL["captions"], DETAIL["rows"]]
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source.html"
        source.write_text(f'<html><head><meta charset="utf-8"></head><body>{page(blocks)}</body></html>')
        soffice(source, file, ["--infilter=HTML (StarWriter)", "--convert-to", "docx:MS Word 2007 XML"])


def libreoffice_page(file):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "资金明细"
    rows = [[caption] for caption in DETAIL["captions"]] + DETAIL["rows"]
    for top, row in enumerate(rows, 1):
        for left, cell in enumerate(row, 1):
            place = sheet.cell(top, left)
            number = cell.strip("()").replace(",", "")
            if left == 3 and number.replace(".", "").isdigit():
                place.value = -float(number) if cell.startswith("(") else float(number)
                place.number_format = "#,##0.00_);(#,##0.00)"
            elif cell:
                place.value = cell
                place.number_format = "@"
    sheet.merge_cells("A1:C1")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source.xlsx"
        book.save(source)
        soffice(source, file, ["--convert-to", "html:HTML (StarCalc)"])


def database_page(file):
    """As a query system gives it under the name .xls: GBK, tags left open, numbers as text."""
    rows = "".join(
        "<TR>" + "".join(
            f"<TD nowrap style=\"mso-number-format:'\\@'\">{cell.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}&nbsp;"
            for cell in row
        )
        for row in DETAIL["rows"]
    )
    text = f"""<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<style>td {{font-family:宋体}}</style></head><body>
<TABLE border=1><TR><TD colspan=3 align=center><b>{DETAIL['captions'][0]}</b>
<TR><TD colspan=3 align=right>{DETAIL['captions'][1]}
{rows}</TABLE></body></html>"""
    (HERE / file).write_bytes(text.encode("gb18030"))


def excel_sheet(table, money):
    """A sheet as Excel 2016 spells it; column `money` of numbers has a format in the style sheet."""
    out = [
        "<html xmlns:v=\"urn:schemas-microsoft-com:vml\"\nxmlns:o=\"urn:schemas-microsoft-com:office:office\"\nxmlns:x=\"urn:schemas-microsoft-com:office:excel\"\nxmlns=\"http://www.w3.org/TR/REC-html40\">\n",
        "<head>\n<meta http-equiv=Content-Type content=\"text/html; charset=@CHARSET@\">\n<meta name=ProgId content=Excel.Sheet>\n<meta name=Generator content=\"Microsoft Excel 15\">\n<link rel=Stylesheet href=stylesheet.css>\n",
        "<style>\n<!--table\n\t{mso-displayed-decimal-separator:\"\\.\";\n\tmso-displayed-thousand-separator:\"\\,\";}\n.xl65\n\t{mso-style-parent:style0;\n\tmso-number-format:\"\\#\\,\\#\\#0\\.00\";}\n.xl66\n\t{mso-style-parent:style0;\n\tmso-number-format:\"\\@\";}\n-->\n</style>\n</head>\n\n<body link=blue vlink=purple>\n\n",
        "<table border=0 cellpadding=0 cellspacing=0 width=432 style='border-collapse:\n collapse;table-layout:fixed;width:324pt'>\n <col width=72 span=6 style='width:54pt'>\n",
    ]
    spans = spans_of(table)
    for top, row in enumerate(table):
        out.append(" <tr height=19 style='height:14.25pt'>\n")
        for left, cell in enumerate(row):
            if cell in ("<", "^"):
                continue
            down, across = spans.get((top, left), (1, 1))
            text = escaped(cell).replace("\n", "<br>\n    ")
            number = cell.replace(",", "")
            style = ""
            if left in money and number.replace(".", "").isdigit():
                style = f" class=xl65 align=right x:num=\"{number.rstrip('0').rstrip('.') if '.' in number else number}\""
            elif cell[:1] == "0":
                style = " class=xl66"
            span = (f" colspan={across}" if across > 1 else "") + (f" rowspan={down}" if down > 1 else "")
            out.append(f"  <td{span} height=19{style} style='height:14.25pt'>{text or ''}</td>\n")
        out.append(" </tr>\n")
    out.append(" <![if supportMisalignedColumns]>\n <tr height=0 style='display:none'>\n  <td width=72 style='width:54pt'></td>\n </tr>\n <![endif]>\n</table>\n\n</body>\n\n</html>\n")
    return "".join(out)


def excel_archive(file, charset, transfer):
    """Excel's single file web page: a frame set, the sheets, a strip of tabs, a style sheet and a list of files."""
    names = ["自评表", "资金明细"]
    worksheets = "".join(
        f"   <x:ExcelWorksheet>\n    <x:Name>{name}</x:Name>\n    <x:WorksheetSource HRef=\"book.files/sheet{number:03}.htm\"/>\n   </x:ExcelWorksheet>\n"
        for number, name in enumerate(names, 1)
    )
    frames = f"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\n<head>\n<meta http-equiv=Content-Type content=\"text/html; charset=@CHARSET@\">\n<!--[if gte mso 9]><xml>\n <x:ExcelWorkbook>\n  <x:ExcelWorksheets>\n{worksheets}  </x:ExcelWorksheets>\n  <x:Stylesheet HRef=\"book.files/stylesheet.css\"/>\n </x:ExcelWorkbook>\n</xml><![endif]-->\n</head>\n<frameset rows=\"*,39\" border=0>\n <frame src=\"book.files/sheet001.htm\" name=\"frSheet\">\n <frame src=\"book.files/tabstrip.htm\" name=\"frTabs\">\n</frameset>\n</html>\n"
    strip = "<html><head><meta http-equiv=Content-Type content=\"text/html; charset=@CHARSET@\"></head><body>自评表 资金明细</body></html>"
    parts = [
        ("book.htm", "text/html", frames),
        ("book.files/tabstrip.htm", "text/html", strip),
        ("book.files/sheet001.htm", "text/html", excel_sheet(SELF["rows"], {2, 3, 4})),
        ("book.files/sheet002.htm", "text/html", excel_sheet(DETAIL["rows"], {2})),
        ("book.files/stylesheet.css", "text/css", ".xl65 {mso-number-format:\"0\";}\n"),
        ("book.files/filelist.xml", "text/xml", "<xml xmlns:o=\"urn:schemas-microsoft-com:office:office\"><o:File HRef=\"sheet001.htm\"/></xml>"),
    ]
    boundary = "----=_NextPart_01DC3F2A.7E0C1B40"
    out = [
        f"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: multipart/related;\r\n\tboundary=\"{boundary}\"\r\n\r\n"
        "This document is a Single File Web Page, also known as a Web Archive file.\r\n".encode()
    ]
    for location, kind, text in parts:
        body = text.replace("@CHARSET@", charset).replace("\n", "\r\n").encode("gb18030" if charset == "gb2312" else charset)
        if transfer == "base64":
            body = base64.encodebytes(body).replace(b"\n", b"\r\n")
        else:
            body = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        head = f"\r\n--{boundary}\r\nContent-Location: file:///C:/3B2A1C00/{location}\r\nContent-Transfer-Encoding: {transfer}\r\nContent-Type: {kind}; charset=\"{charset}\"\r\n\r\n"
        out += [head.encode(), body]
    out.append(f"\r\n--{boundary}--\r\n".encode())
    (HERE / file).write_bytes(b"".join(out))


def number(money, format):
    """How the test prints a cell that has a value beside its text."""

    def print_(cell):
        digits = cell.replace(",", "")
        if cell in money:
            return f"#{digits.rstrip('0').rstrip('.') if '.' in digits else digits} [{format}]"
        return f"{cell} [@]" if cell[:1] == "0" else cell

    return print_


def main():
    word("self_evaluation_word.docx")
    documents_expected("self_evaluation_word.docx")
    libreoffice_document("self_evaluation_libreoffice.docx")
    documents_expected("self_evaluation_libreoffice.docx")
    libreoffice_page("details_libreoffice.html")
    merged = [[DETAIL["captions"][0], "<", "<"], [DETAIL["captions"][1]], *DETAIL["rows"]]
    expect("details_libreoffice.html", shown("Sheet1", [[row + [""] * (3 - len(row)) for row in merged]]))
    database_page("details_database.xls")
    titled = [[caption, "<", "<"] for caption in DETAIL["captions"]] + DETAIL["rows"]
    as_text = lambda cell: cell if cell in DETAIL["captions"] else f"{cell} [@]"
    expect("details_database.xls", shown("Sheet1", [titled], as_text))
    money = {cell for table in (SELF, DETAIL) for row in table["rows"] for at, cell in enumerate(row)
             if at >= 2 and cell.replace(",", "").replace(".", "").isdigit() and (at < 5 or table is DETAIL)}
    sheets = [shown(name, [table["rows"]], number(money, "#,##0.00")) for name, table in (("自评表", SELF), ("资金明细", DETAIL))]
    for file, charset, transfer in [("workbook_excel_gbk.mht", "gb2312", "quoted-printable"), ("workbook_excel_utf8.mht", "utf-8", "base64")]:
        excel_archive(file, charset, transfer)
        expect(file, *sheets)


if __name__ == "__main__":
    sys.exit(main())
