"""勾稽: checks, figure by figure, whether the workbooks of government departments agree; reads them as data.

Files are read in a child process within bounds of memory and time: one that brings the reader down costs itself only.
"""

from __future__ import annotations

import atexit
import io
import json
import os
from typing import Any, Union

from . import _native
from ._child import Child, Killed

__all__ = ["KINDS", "Child", "Killed", "Refused", "annotate", "check", "facts", "perform", "plan", "rows"]
__version__ = _native.VERSION

KINDS: tuple[str, ...] = tuple(_native.KINDS)

Source = Union[bytes, bytearray, memoryview, str, "os.PathLike[str]"]

_child: Child | None = None


class Refused(ValueError):
    """A file that cannot be read or marked; the message says why."""


def _named(source: Source, name: str | None) -> tuple[str, bytes]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return name or "workbook", bytes(source)
    path = os.fspath(source)
    with open(path, "rb") as file:
        return name or path.replace(os.sep, "/"), file.read()


def _call(function: str, arguments: list[Any], isolated: bool) -> Any:
    if not isolated:
        return getattr(_native, function)(*arguments)
    global _child
    if _child is None or not _child.usable():
        _child = Child()
        atexit.register(_child.close)
    return _child.call(function, arguments)


def check(
    source: Source, *, name: str | None = None, lang: str = "zh", isolated: bool = True
) -> dict[str, Any]:
    """The report of one workbook, as `gouji check --format json` prints it. A file that cannot be read is in `files`."""
    name, data = _named(source, name)
    return json.loads(_call("check", [name, data, lang], isolated))


def rows(source: Source, *, name: str | None = None, isolated: bool = True) -> dict[str, Any]:
    """The six kinds of rows of one workbook, as `pyarrow.Table`, by their names (`KINDS`)."""
    import pyarrow.parquet

    name, data = _named(source, name)
    parts = _call("rows", [name, data], isolated)
    return {kind: pyarrow.parquet.read_table(io.BytesIO(part)) for kind, part in zip(KINDS, parts)}


def facts(source: Source, *, name: str | None = None, isolated: bool = True) -> Any:
    """The numbers of one workbook, one row a number, as a `pyarrow.RecordBatch`. A file that cannot be read raises."""
    import pyarrow

    every = rows(source, name=name, isolated=isolated)
    error = every["files"].column("error_message")[0].as_py()
    if error is not None:
        raise Refused(error)
    table = every["facts"].combine_chunks()
    batches = table.to_batches()
    return batches[0] if batches else pyarrow.RecordBatch.from_pylist([], schema=table.schema)


def annotate(
    source: Source, *, name: str | None = None, lang: str = "zh", isolated: bool = True
) -> bytes:
    """The bytes of a copy in which the cells that do not agree are marked and nothing else is changed.

    .xlsx, .xlsm and .ods are patched; of other formats the copy is an .xlsx with the same values. The source stays as it is.
    """
    name, data = _named(source, name)
    marked, words = _call("mark", [name, data, lang], isolated)
    if marked is None:
        raise Refused(words)
    return marked


def plan(paths: list[Any]) -> list[tuple[str, str, int, str]]:
    """The files under paths, members of archives among them: id, path, size, task (for `perform`)."""
    return _native.plan([os.fspath(path) for path in paths])


def perform(folder: str, tasks: list[str], child: Child | None = None) -> None:
    """Does tasks into an empty folder, as six .parquet; a task on which a child dies becomes a row that says so."""
    tasks = list(tasks)
    own = child or Child()
    try:
        for _ in range(len(tasks) + 1):
            try:
                own.call("perform", [os.fspath(folder), tasks])
                return
            except Killed as death:
                if death.at is None:
                    raise
                bounds = (own.memory, int(own.seconds))
                tasks[death.at] = _native.refused(tasks[death.at], death.why, *bounds)
                for entry in os.scandir(folder):
                    os.unlink(entry.path)
        raise Killed("crashed")
    finally:
        if child is None:
            own.close()
