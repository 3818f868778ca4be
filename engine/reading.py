"""Reading the files that somebody names: standard input for `-`, no device, nothing beyond a sane size."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import BinaryIO

LARGEST = 1 << 29
"""Bytes of a plan: half a gigabyte, some fifty thousand order lines."""

LARGEST_RULES = 10_000_000
"""Bytes of a rule file; the shipped one has twenty thousand."""

_STANDARD_INPUT = "-"
_read_before = False


def read_bytes(path: str, *, limit: int = LARGEST, regular: bool = False) -> bytes:
    """The content of a file, or of standard input for `-`.

    `regular` refuses all that is no ordinary file, a pipe too: for names that are not the user's own.

    Raises:
        OSError: when it cannot be read, is a device, or is larger than `limit`.
        ValueError: when no system takes such a name.
    """
    if path == _STANDARD_INPUT and not regular:
        return _within(standard_input(), limit)
    # Without waiting: a pipe that nobody writes to would hang here, before its kind is known.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | (getattr(os, "O_NONBLOCK", 0) if regular else 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        _check_kind(file, path, regular=regular)
        return _within(file, limit)


def open_stream(path: str) -> BinaryIO:
    """A file for reading line by line, with the checks of `read_bytes` but for the size.

    Raises:
        OSError: when it cannot be opened, or is a device.
        ValueError: when no system takes such a name.
    """
    file = open(path, "rb")  # noqa: PTH123, SIM115 - the caller closes it; a name may be no path
    try:
        _check_kind(file, path, regular=False)
    except OSError:
        file.close()
        raise
    return file


def standard_input() -> BinaryIO:
    """Standard input, which can be read once.

    Raises:
        OSError: when it was read before, or is closed.
    """
    global _read_before  # noqa: PLW0603 - there is one standard input
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    stream: BinaryIO = sys.stdin.buffer
    # Tests put a stream of their own in its place.
    if stream is getattr(sys.__stdin__, "buffer", None):
        if _read_before:
            raise OSError(errno.EBADF, "standard input can be read once, and `-` stands twice")
        _read_before = True
    return stream


def _check_kind(file: BinaryIO, path: str, *, regular: bool) -> None:
    mode = os.fstat(file.fileno()).st_mode
    if regular and not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file", path)
    device = stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not os.isatty(file.fileno()))
    if device and os.path.realpath(path) != os.devnull:
        raise OSError(errno.EINVAL, "it is a device", path)


def _within(file: BinaryIO, limit: int) -> bytes:
    parts = []
    size = 0
    while part := file.read(1 << 20):
        size += len(part)
        if size > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit // 1_000_000} MB")
        parts.append(part)
    return b"".join(parts)
