#!/usr/bin/env python3
"""Puts target/packages/gouji-VERSION-windows-x64.zip together: gouji.exe, gouji.html, 使用说明.txt, the samples, the licences.

Needs target/windows/gouji.exe (packaging/windows.sh) and target/gouji.html (web/build.mjs). The same files give the same
bytes.
"""

import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.M)[1]
    folder = f"gouji-{version}"
    manual = (ROOT / "packaging/windows/使用说明.txt").read_text(encoding="utf-8")
    # Notepad of old Windows knows UTF-8 by its mark, and lines by both characters.
    entries = {"使用说明.txt": b"\xef\xbb\xbf" + manual.replace("\n", "\r\n").encode()}
    for name, path in [("gouji.exe", "target/windows/gouji.exe"), ("gouji.html", "target/gouji.html")]:
        if not (ROOT / path).exists():
            sys.exit(f"{path} is not built: see packaging/all.sh")
        entries[name] = (ROOT / path).read_bytes()
    for path in sorted((ROOT / "samples/packet").glob("*.xlsx")):
        entries[f"样例/{path.name}"] = path.read_bytes()
    for name in ["LICENSE-MIT", "LICENSE-APACHE"]:
        entries[f"{name}.txt"] = (ROOT / name).read_bytes()
    out = ROOT / "target/packages" / f"gouji-{version}-windows-x64.zip"
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, entries[name])
    part.replace(out)
    print(f"{out} ({out.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
