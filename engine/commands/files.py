"""Files that commands write: as a whole, through links, and never over what they read."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..diagnostics import OrderplanError
from .output import utf8


def write(path: str, text: str, *, private: bool = False, inputs: Iterable[str] = ()) -> None:
    """Writes a file as a whole: readers see the old one or the new one, never a part.

    A link is followed, and the mode stays. A file with further hard links is written in place, since a new file would
    leave them behind; that is not atomic, and what was there is put back when it fails. A `private` file can be read by
    its owner alone. Nothing is left behind when the command is stopped on the way.

    Raises:
        OrderplanError: E905 when it cannot be written, E906 when it is no regular file, E907 when it is one of `inputs`.

    """
    target = writable(path, inputs)
    data = utf8(text)
    try:
        status = target.stat() if target.exists() else None
        if status is not None and status.st_nlink > 1:
            _write_in_place(target, data, status, private=private)
        else:
            _replace(target, data, status, private=private)
    except OSError as fault:
        raise _unwritable(path, (fault.strerror or str(fault)).lower()) from fault


def writable(path: str, inputs: Iterable[str] = ()) -> Path:
    """The file that a path names, links followed, when a command may write there: said before the work is done.

    Raises:
        OrderplanError: see `write`.

    """
    if path in ("", "-"):
        raise _unwritable(f"{path!r}", "it names no file", "name a file")
    try:
        target = Path(os.path.realpath(path, strict=False))
        # Asked by the name itself: a pipe behind /dev/stdout has no path that leads to it.
        kind = Path(path).stat().st_mode if Path(path).exists() else None
        folder = kind is not None or target.parent.is_dir()
        same = kind is not None and any(_is_same(target, each) for each in inputs)
        if kind is not None and stat.S_ISREG(kind) and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "it may not be written")
    except (OSError, ValueError) as fault:
        raise _unwritable(path, (getattr(fault, "strerror", None) or str(fault)).lower()) from fault
    if kind is not None and not stat.S_ISREG(kind):
        what = _kind(kind)
        raise OrderplanError("E906", f"{path} is {what}, not a file", "name a file; what is printed needs no --out")
    if not folder:
        raise _unwritable(path, "its folder does not exist")
    if same:
        raise OrderplanError("E907", f"{path} is read by this command, and would be overwritten", "name another file")
    return target


def _replace(target: Path, data: bytes, status: os.stat_result | None, *, private: bool) -> None:
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _take_over(Path(part), status, private=private)
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _take_over(part: Path, status: os.stat_result | None, *, private: bool) -> None:
    """Gives a new file the mode, and where that is allowed the owner, of the one that it replaces."""
    if status is not None and hasattr(os, "chown") and (status.st_uid, status.st_gid) != _owner(part):
        try:
            os.chown(part, status.st_uid, status.st_gid)
        except PermissionError:
            status = None if status.st_uid != os.getuid() else status
    mode = stat.S_IMODE(status.st_mode) & 0o777 if status is not None else 0o644
    part.chmod(0o600 if private else mode)


def _owner(part: Path) -> tuple[int, int]:
    status = part.stat()
    return status.st_uid, status.st_gid


def _write_in_place(target: Path, data: bytes, status: os.stat_result, *, private: bool) -> None:
    before = target.read_bytes()
    if private and stat.S_IMODE(status.st_mode) & 0o077:
        target.chmod(0o600)
    try:
        target.write_bytes(data)
    except BaseException:
        target.write_bytes(before)
        raise


def _is_same(target: Path, other: str) -> bool:
    try:
        return target.samefile(other)
    except (OSError, ValueError):
        return False


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")


def _unwritable(path: str, reason: str, hint: str = "name a place that can be written") -> OrderplanError:
    return OrderplanError("E905", f"cannot write {path}: {reason}", hint)
