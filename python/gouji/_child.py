"""A child process that reads files in our place, within bounds of memory and time."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from typing import Any

MEMORY = 1536 << 20
SECONDS = 300


class Killed(RuntimeError):
    """A file that took too much (`why` is "memory" or "timeout") or brought the reader down ("crashed")."""

    def __init__(self, why: str, at: int | None = None):
        super().__init__(f"the process that read the file ended: {why}")
        self.why = why
        self.at = at


class Child:
    """One child; it is started when it is first asked, and again after a death."""

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS):
        self.memory = memory
        self.seconds = seconds
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def usable(self) -> bool:
        """Whether this process started it: after a fork its pipes are not ours."""
        return self._owner == os.getpid()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gouji._worker", str(self.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        return self._process

    def call(self, function: str, arguments: list[Any]) -> Any:
        with self._lock:
            process = self._start()
            at: int | None = None
            late = threading.Event()

            def end() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(self.seconds, end)
            timer.start()
            try:
                send(process.stdin, (function, arguments))
                while True:
                    kind, value = receive(process.stdout)
                    if kind == "begun":
                        at = value
                        timer.cancel()
                        timer = threading.Timer(self.seconds, end)
                        timer.start()
                    elif kind == "done":
                        return value
                    else:
                        raise value
            except (EOFError, BrokenPipeError, OSError) as error:
                if isinstance(error, OSError) and not isinstance(error, BrokenPipeError) and process.poll() is None:
                    raise
                process.kill()
                words = process.stderr.read() if process.stderr else b""
                process.wait()
                if late.is_set():
                    why = "timeout"
                elif b"memory allocation of " in words or b"MemoryError" in words:
                    why = "memory"
                else:
                    why = "crashed"
                raise Killed(why, at) from None
            finally:
                timer.cancel()

    def close(self) -> None:
        if self._process is not None and self.usable():
            self._process.kill()
            self._process.wait()
            self._process = None


def send(stream: Any, value: Any) -> None:
    data = pickle.dumps(value, protocol=5)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def receive(stream: Any) -> Any:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("<Q", head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    # Both ends are this package: what comes back is its own.
    return pickle.loads(data)
