"""The folder that the paths in rule files stay in: what they name beyond it is not read.

Rules are reviewed and shared as text, and run where secrets lie: a file of theirs must not make the program open one.
"""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path

from ..places import shipped


@dataclass(frozen=True, slots=True)
class Found:
    """The file that a path in a rule file names, when it is there; `outside` when it leads out of the project."""

    path: Path | None = None
    outside: bool = False


def project_folder(path: str) -> str:
    """The folder that belongs together with a rule file: the top of its git repository, else the folder it lies in.

    For standard input it is that of the working folder.
    """
    try:
        folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120 - pure text
    except (OSError, ValueError):  # a path that no system takes, or a working folder that is gone
        return str(shipped("rules"))
    above = folder
    while not os.path.lexists(os.path.join(above, ".git")):  # noqa: PTH118 - as above
        parent = os.path.dirname(above)  # noqa: PTH120 - as above
        if parent == above:
            return folder
        above = parent
    return above


def find_inside(wanted: str, places: list[tuple[Path, str]]) -> Found:
    """The first of some folders that has a file, each given with the folder that the file must lie in, links followed.

    A path that leads out of every one of them is `outside`, whether something is there or not; so is one that leads out of
    one, where the file is.
    """
    inside, beyond = False, False
    for folder, limit in places:
        path = folder / wanted
        try:
            if not _lies_in(path, limit):
                beyond = beyond or os.path.lexists(path)
                continue
            inside = True
            if path.is_file():
                return Found(path)
        except (OSError, ValueError):
            inside = True
    return Found(outside=beyond or not inside)


def _lies_in(path: Path, limit: str) -> bool:
    real, top = os.path.realpath(path), os.path.realpath(limit)
    return real == top or real.startswith(top if top.endswith(os.sep) else top + os.sep)
