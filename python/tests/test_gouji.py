"""The package as its users have it: an installed wheel. Run from the root of the checkout: pytest python/tests"""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pyarrow
import pyarrow.parquet
import pytest

import gouji

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"
ASSETS = next(path for path in sorted(SAMPLES.glob("packet/*.xlsx")) if "资产" in path.name)


def bomb() -> bytes:
    """A workbook whose sheet unfolds to more than a child may hold."""
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for row in range(1, 200_001):
        sheet += f'<row r="{row}">' + "".join(f'<c r="{c}{row}"><v>{row}</v></c>' for c in "ABCDEFGH") + "</row>"
    sheet += "</sheetData></worksheet>"
    made = io.BytesIO()
    with zipfile.ZipFile(ASSETS) as sample, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sample.namelist():
            data = sheet.encode() if name.startswith("xl/worksheets/sheet") else sample.read(name)
            out.writestr(name, data)
    return made.getvalue()


def test_check_is_the_report():
    report = gouji.check(ASSETS)
    assert report["files"][0]["status"] == "read"
    assert report["findings"], "the sample has errors"
    assert gouji.check(ASSETS.read_bytes(), name=str(ASSETS), isolated=False) == report
    english = gouji.check(ASSETS, lang="en")
    assert english["findings"][0]["message"] != report["findings"][0]["message"]
    with pytest.raises(ValueError):
        gouji.check(ASSETS, lang="fr")


def test_facts_are_one_batch():
    facts = gouji.facts(ASSETS)
    assert isinstance(facts, pyarrow.RecordBatch)
    assert facts.num_rows == len(gouji.rows(ASSETS)["facts"]) > 0
    assert facts.schema.field("value").type == pyarrow.decimal128(38, 18)
    assert set(gouji.rows(ASSETS)) == set(gouji.KINDS)


def test_a_workbook_without_tables_has_no_facts():
    assert gouji.facts(b"a\n", name="x.csv").num_rows == 0


def test_the_copy_is_marked_and_the_source_is_not(tmp_path):
    before = ASSETS.read_bytes()
    copy = gouji.annotate(ASSETS)
    assert copy != before and ASSETS.read_bytes() == before
    assert any("核对" in name or "comments" in name for name in zipfile.ZipFile(io.BytesIO(copy)).namelist())


def test_what_cannot_be_read_says_why():
    report = gouji.check(b"\xff\xd8\xff\xe0 JFIF", name="照片.xlsx")
    assert report["files"][0]["status"] == "refused"
    for function in (gouji.facts, gouji.annotate):
        with pytest.raises(gouji.Refused):
            function(b"\xff\xd8\xff\xe0 JFIF", name="照片.xlsx")


def test_a_death_costs_one_file(tmp_path):
    small = gouji.Child(memory=48 << 20)
    with pytest.raises(gouji.Killed) as death:
        small.call("check", ["炸弹.xlsx", bomb(), "zh"])
    assert death.value.why == "memory"
    # The next file is read by a new child.
    report = json.loads(small.call("check", ["表.csv", "项目,金额\n甲,1\n乙,2\n合计,3\n".encode(), "zh"]))
    assert report["files"][0]["status"] == "read"
    small.close()


def test_time_is_bounded():
    slow = gouji.Child(seconds=0.05)
    with pytest.raises(gouji.Killed) as death:
        slow.call("check", ["大.xlsx", bomb(), "zh"])
    assert death.value.why == "timeout"
    slow.close()


def test_tasks_go_on_past_a_death(tmp_path):
    tree, out = tmp_path / "tree", tmp_path / "out"
    tree.mkdir()
    out.mkdir()
    shutil.copy(ASSETS, tree / "a.xlsx")
    (tree / "b.xlsx").write_bytes(bomb())
    (tree / "c.csv").write_text("项目,金额\n甲,1\n乙,2\n合计,3\n")
    tasks = [task for *_, task in gouji.plan([tree])]
    child = gouji.Child(memory=48 << 20)
    gouji.perform(out, tasks, child)
    child.close()
    files = pyarrow.parquet.read_table(out / "files.parquet").to_pylist()
    assert [file["error_code"] for file in files] == [None, "too_large", None]
    assert pyarrow.parquet.read_table(out / "facts.parquet").num_rows > 3


@pytest.mark.skipif("GOUJI" not in os.environ, reason="GOUJI names the program to compare with")
def test_rows_are_those_of_the_program(tmp_path):
    out = tmp_path / "out"
    subprocess.run([os.environ["GOUJI"], "convert", "samples", "-o", out], cwd=SAMPLES.parent, check=True)
    before = os.getcwd()
    os.chdir(SAMPLES.parent)
    try:
        tasks = [task for *_, task in gouji.plan(["samples"])]
        ours = tmp_path / "ours"
        ours.mkdir()
        gouji.perform(ours, tasks)
    finally:
        os.chdir(before)
    for kind in gouji.KINDS:
        one, other = (pyarrow.parquet.read_table(folder / f"{kind}.parquet") for folder in (out, ours))
        key = [name for name in ("file_id", "table_id", "line_id", "field_id", "check_id", "finding_id") if name in one.column_names]
        order = [(name, "ascending") for name in key]
        assert one.sort_by(order).equals(other.sort_by(order)), kind


def test_every_public_name_is_typed():
    stubs = (pathlib.Path(gouji.__file__).parent / "__init__.pyi").read_text()
    for name in gouji.__all__:
        assert name in stubs, name
    assert sys.version_info >= (3, 10)
