#!/bin/sh
# Tries the Windows zip as somebody new to it would, under Wine: unpacks it, drops the samples on gouji.exe, looks for a
# marked copy and a working paper. Wine 8 lacks a system library that Windows has (bcryptprimitives.dll); a stand-in is
# built beside the .exe here and is never part of the zip. Needs wine64, gcc-mingw-w64-x86-64, unzip.
set -eu
cd "$(dirname "$0")/.."
zip=$(ls "$PWD"/target/packages/gouji-*-windows-x64.zip)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export WINEPREFIX="$folder/wine" WINEDEBUG=-all WINEDLLOVERRIDES="bcryptprimitives=n" GOUJI_NO_OPEN=1 LANG=C.UTF-8
python3 -m zipfile -e "$zip" "$folder/新用户"
cd "$folder"/新用户/gouji-*
[ "$(head -c 3 使用说明.txt | od -An -tx1 | tr -d ' ')" = efbbbf ]
cat > "$folder/stand-in.c" <<'C'
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) { return SystemFunction036(bytes, (ULONG)count); }
C
x86_64-w64-mingw32-gcc -shared -O2 -o bcryptprimitives.dll "$folder/stand-in.c" -ladvapi32
status=0
wine=$(command -v wine64 || command -v wine || echo /usr/lib/wine/wine64)
"$wine" gouji.exe 样例 </dev/null > "$folder/out.txt" 2> "$folder/err.txt" || status=$?
[ "$status" = 1 ] || { echo "gouji.exe exited with $status"; cat "$folder/err.txt"; exit 1; }
ls -l 样例
[ -f 样例/固定资产情况表-核对.xlsx ] && [ -f 样例/评价底稿.xlsx ]
grep -q 358.78 "$folder/out.txt"
echo "the zip was tried: $(ls 样例 | wc -l) files beside the samples"
