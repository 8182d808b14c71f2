#!/usr/bin/env python3
"""Every command in the documentation, tried.

    tests/docs/commands.py PROGRAM

Pages of docs/tutorial/ are walked through: each command of a ```sh block is run as it stands, one after the other, in an
empty folder that holds `samples`, and must end with 0 or 1 (2 is "could not run"). In the README and the other pages the
names of files are examples; there every command and option must be one that the program has.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# These run until they are stopped; their options are looked at.
ENDLESS = {"serve", "watch", "mcp"}


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(Path(sys.argv[1]).resolve())
    wrong: list[str] = []
    ran = looked = 0
    for page in sorted((ROOT / "docs/tutorial").glob("*.md")):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ROOT / "samples", Path(folder) / "samples")
            for line in commands(page):
                if line[1:2] and line[1] in ENDLESS:
                    continue
                ran += 1
                wrong += run(program, line, folder, page)
    known = Known(program)
    for page in [ROOT / "README.md", ROOT / "skills/gouji/SKILL.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for line in mentioned(page):
            looked += 1
            wrong += [f"{page.relative_to(ROOT)}: {shlex.join(line)}: {why}" for why in known.faults(line)]
    for line in wrong:
        print(line)
    print(f"{ran} commands run, {looked} looked at")
    print(f"{ran + looked - len(wrong)} passed, {len(wrong)} failed")
    if wrong or not ran:
        sys.exit(1)


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```(?:sh|console)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return []


def commands(page: Path) -> list[list[str]]:
    lines = [words(line) for block in blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line and line[0] == "gouji"]


def mentioned(page: Path) -> list[list[str]]:
    """Commands of blocks, and of `code` in the text."""
    text = page.read_text(encoding="utf-8")
    within = re.findall(r"(?<!`)`(gouji [^`]+)`(?!`)", text)
    lines = commands(page) + [words(piece) for piece in within]
    # Pipes and redirections end what the program is given.
    ends = {"|", "||", "&&", ";", ">", "2>", "<"}
    cut = []
    for line in lines:
        end = next((at for at, word in enumerate(line) if word in ends), len(line))
        cut.append(line[:end])
    return [line for line in cut if line[:1] == ["gouji"]]


def run(program: str, line: list[str], folder: str, page: Path) -> list[str]:
    done = subprocess.run(
        [program, *line[1:]], cwd=folder, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": folder, "GOUJI_NO_OPEN": "1"},
    )
    if done.returncode in (0, 1):
        return []
    said = done.stderr.strip().splitlines()
    return [f"{page.relative_to(ROOT)}: {shlex.join(line)}: ended with {done.returncode}: {said[:1]}"]


class Known:
    """The commands and options that the program says it has."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.helps: dict[str, str] = {}
        whole = self.help("")
        self.names = set(re.findall(r"^  ([a-z]+) {2,}\S", whole, re.M)) | set(re.findall(r"^  ([a-z]+)$", whole, re.M))

    def help(self, command: str) -> str:
        if command not in self.helps:
            asked = [self.program, *command.split(), "--help", "--lang", "en"]
            done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
            self.helps[command] = done.stdout
        return self.helps[command]

    def faults(self, line: list[str]) -> list[str]:
        rest = line[1:]
        if rest[:1] == ["--lang"]:
            rest = rest[2:]
        bare = not rest or not re.fullmatch(r"[a-z]+", rest[0]) or rest[0] == "gouji"
        command = "" if bare else rest[0]
        if command and command not in self.names and command not in ("generate",):
            return [f"there is no command {command}"]
        said = self.help(command)
        options = [word.split("=")[0] for word in rest if re.match(r"--[a-z]", word)]
        options = [option.rstrip("…") for option in options]
        return [f"there is no option {option}" for option in options if not re.search(re.escape(option) + r"\b", said)]


if __name__ == "__main__":
    main()
