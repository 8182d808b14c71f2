"""The child: bounds its own memory, then does what it is asked until nobody asks any more."""

from __future__ import annotations

import os
import sys

from . import _native
from ._child import receive, send


def bound(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limits.
    limit = getattr(resource, "RLIMIT_DATA", None)
    if limit is not None:
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (memory if hard < 0 else min(memory, hard), hard))


def main() -> None:
    bound(int(sys.argv[1]))
    asked = sys.stdin.buffer
    # Nothing else may write where the answers go.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            function, arguments = receive(asked)
        except EOFError:
            return
        try:
            if function == "perform":
                arguments = [*arguments, lambda at: send(answers, ("begun", at))]
            send(answers, ("done", getattr(_native, function)(*arguments)))
        except Exception as error:  # noqa: BLE001 - it is raised again in the parent
            send(answers, ("error", error))


main()
