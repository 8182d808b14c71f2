"""A child process that reads files in our place, within bounds of memory and time."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import tempfile
import threading
from typing import Any, BinaryIO

MEMORY = 1536 << 20
SECONDS = 300
# Files after which a child is replaced, so that nothing it might lose adds up.
FILES = 4_000
# What the native half prints before it aborts for want of memory.
OUT_OF_MEMORY = (b"memory allocation of ", b"MemoryError")


class Killed(RuntimeError):
    """A file that took too much (`why` is "memory" or "timeout") or brought the reader down ("crashed").

    `at` is its place among the tasks of `perform`, else None.
    """

    def __init__(self, why: str, at: int | None = None):
        super().__init__(f"the process that read the file ended: {why}")
        self.why = why
        self.at = at


class Child:
    """One child; it is started when it is first asked, and again after a death or many files."""

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS):
        self.memory = memory
        self.seconds = seconds
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        # A file, not a pipe: nobody reads along, and a full pipe would stop the child.
        self._words: BinaryIO | None = None
        self._files = 0
        self._lock = threading.Lock()

    def usable(self) -> bool:
        """Whether this process started it: after a fork its pipes are not ours."""
        return self._owner == os.getpid()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (self._files >= FILES or self._process.poll() is not None):
            self.close()
        if self._process is None:
            self._files = 0
            self._words = tempfile.TemporaryFile()
            paths = os.pathsep.join(path for path in sys.path if path)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gouji._worker", str(self.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env={**os.environ, "PYTHONPATH": paths},
            )
        return self._process

    def call(self, function: str, arguments: list[Any]) -> Any:
        """What the function of the native half gives; raises what it raises, or `Killed`."""
        with self._lock:
            process = self._start()
            at: int | None = None
            late = threading.Event()

            def end() -> None:
                late.set()
                process.kill()

            def watch() -> threading.Timer:
                timer = threading.Timer(self.seconds, end)
                timer.daemon = True
                timer.start()
                return timer

            timer = watch()
            try:
                send(process.stdin, (function, arguments))
                while True:
                    kind, value = receive(process.stdout)
                    if kind == "begun":
                        at = value
                        self._files += 1
                        # The time is that of one file.
                        timer.cancel()
                        timer = watch()
                    elif kind == "done":
                        self._files += at is None
                        return value
                    else:
                        raise value
            except (EOFError, BrokenPipeError):
                process.kill()
                process.wait()
                why = "timeout" if late.is_set() else self._death()
                raise Killed(why, at) from None
            finally:
                timer.cancel()

    def _death(self) -> str:
        if self._words is None:
            return "crashed"
        self._words.seek(max(0, self._words.seek(0, os.SEEK_END) - (1 << 16)))
        words = self._words.read()
        return "memory" if any(said in words for said in OUT_OF_MEMORY) else "crashed"

    def close(self) -> None:
        """Ends the child."""
        if self._process is not None and self.usable():
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._words):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:
                    pass
        self._process = self._words = None


def send(stream: Any, value: Any) -> None:
    """One message: its length, and it."""
    data = pickle.dumps(value, protocol=5)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def receive(stream: Any) -> Any:
    """The next message; `EOFError` where there is none."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("<Q", head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    # Both ends are this package: what comes back is its own.
    return pickle.loads(data)
