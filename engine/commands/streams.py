"""Standard output and error that never end a command by themselves.

What cannot be written is remembered, and decides about the exit code when the command has come to its end: a reader that
has gone changes nothing, data that is lost is an error. What an encoding cannot show is written as an escape.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_ERRORS = "orderplan.escaped"
_MOST_SHOWN = 5
_READER_GONE = {errno.EPIPE, errno.EINVAL} if os.name == "nt" else {errno.EPIPE}


class _Sink(io.RawIOBase):
    """The end of a stream: takes everything, writes what can be written, and keeps the first fault."""

    def __init__(self, raw: Any) -> None:
        super().__init__()
        self._raw = raw
        self.fault: OSError | None = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw is not None and self._raw.isatty()

    def fileno(self) -> int:
        if self._raw is None:
            raise io.UnsupportedOperation("the stream is closed")
        return int(self._raw.fileno())

    def write(self, data: Any) -> int:
        if self._raw is None and self.fault is None:
            self.fault = OSError(errno.EBADF, "it is closed")
        if self.fault is None:
            try:
                return self._raw.write(data) or 0
            except OSError as fault:
                self.fault = fault
        return len(data)


@dataclass(slots=True)
class Streams:
    """What became of standard output."""

    out: _Sink | None = None
    escaped: dict[str, None] = field(default_factory=dict)

    @property
    def lost(self) -> str | None:
        """Why output was lost; nothing when it was not, or when its reader did not want more."""
        fault = self.out.fault if self.out is not None else None
        if fault is None or fault.errno in _READER_GONE:
            return None
        return (fault.strerror or str(fault)).lower()

    @property
    def encoding(self) -> str:
        """The encoding of standard output."""
        return str(sys.stdout.encoding)

    @property
    def unshown(self) -> str:
        """The characters that the encoding of standard output could not show; empty when there was none."""
        shown = " ".join(list(self.escaped)[:_MOST_SHOWN])
        return f"{shown} …" if len(self.escaped) > _MOST_SHOWN else shown

    def settle(self) -> None:
        """Writes what is still waiting."""
        sys.stdout.flush()
        sys.stderr.flush()


@contextmanager
def guarded() -> Iterator[Streams]:
    """Puts guarded streams in place of Python's for as long as a command runs; streams of tests stay as they are."""
    before = sys.stdout, sys.stderr
    streams = Streams()
    codecs.register_error(_ERRORS, _escaping(streams))
    if before[0] is None or _end_of(before[0]) is not None:
        sys.stdout, streams.out = _guarded(before[0], _ERRORS)
    if before[1] is None or _end_of(before[1]) is not None:
        sys.stderr, _ = _guarded(before[1], "backslashreplace")
    try:
        yield streams
    finally:
        streams.settle()
        sys.stdout, sys.stderr = before


def _end_of(stream: Any) -> Any:
    """What a stream of Python's own writes to in the end; None for any other."""
    buffer = getattr(stream, "buffer", None)
    end = getattr(buffer, "raw", buffer)
    return end if isinstance(end, io.RawIOBase) else None


def _guarded(stream: Any, errors: str) -> tuple[io.TextIOWrapper, _Sink]:
    sink = _Sink(_end_of(stream))
    encoding = stream.encoding if stream is not None else "utf-8"
    line_buffering = stream is None or stream.line_buffering
    buffer = io.BufferedWriter(sink)
    return io.TextIOWrapper(buffer, encoding=encoding, errors=errors, line_buffering=line_buffering), sink


def _escaping(streams: Streams) -> Any:
    """An error handler that escapes and remembers; halves of surrogate pairs are bytes of file names, not characters."""

    def escaped(fault: UnicodeError) -> tuple[str | bytes, int]:
        if isinstance(fault, UnicodeEncodeError):
            for each in fault.object[fault.start : fault.end]:
                if not "\ud800" <= each <= "\udfff":
                    streams.escaped[each] = None
        return codecs.backslashreplace_errors(fault)

    return escaped
