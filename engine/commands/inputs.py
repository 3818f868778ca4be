"""What commands read: rule files, saved plans and bundles, by name or pattern."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..diagnostics import OrderplanError, has_errors
from .output import FINDINGS, nothing, say

if TYPE_CHECKING:
    from ..plan import Plan

RULES = "rules/cpq.rules"


def planner_of_file(path: str | None) -> Any:
    """The rules of a file, or the shipped ones, ready to plan; faults of the rules end the command."""
    from ..places import shipped
    from ..plan.planner import Planner
    from ..validate import check_file

    checked = check_file(path or str(shipped(*Path(RULES).parts)))
    if checked.rules is None:
        say(*checked.findings, sources=checked.sources)
        sys.exit(FINDINGS)
    return Planner(checked.rules, checked.findings)


def saved_plan(path: str) -> Plan:
    """A plan that was saved with --out; faults of the file end the command."""
    from ..plan import read_plan
    from ..plan.saved import saved_text

    plan, faults = read_plan(saved_text(path), path)
    say(*faults)
    if plan is None:
        sys.exit(FINDINGS)
    return plan


def saved_plans(content: bytes, path: str) -> list[Plan] | None:
    """The plans in the content of a file, one or one a line; None when it holds something else; faults end the command."""
    from ..plan.saved import holds_plans, read_plans

    text = content.decode("utf-8", "replace")
    if not holds_plans(text):
        return None
    plans, faults = read_plans(text, path)
    say(*faults)
    if has_errors(faults):
        sys.exit(FINDINGS)
    return plans


def bytes_of(path: str) -> bytes:
    """The content of a file, or of standard input for `-`."""
    from ..reading import read_bytes

    try:
        return read_bytes(path)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise OrderplanError(
            "E901", f"cannot read {path}: {reason.lower()}", "name a saved plan or a bundle"
        ) from fault


def planner_of(rules: Any) -> Any:
    """A rule set that is ready to plan; faults of the rules end the command."""
    from ..plan.planner import Planner
    from ..validate import check_file

    checked = check_file(rules.path, project=rules.folder)
    if checked.rules is None:
        sources = {rules.shown(path): text for path, text in checked.sources.items()}
        say(*(rules.shown_finding(each) for each in checked.findings), sources=sources)
        sys.exit(FINDINGS)
    return Planner(checked.rules)


def read_by(planner: Any) -> list[str]:
    """The files that a rule set was read from: what a command must not write over."""
    from ..places import shipped

    rules = planner.program.rules
    names = [each.path for each in (*rules.files, *rules.schemas)]
    return [*names, *(str(shipped(each)) for each in names), rules.catalogue]


def expanded(names: Iterable[str], kind: str) -> list[str]:
    """The files that names and patterns stand for, in order and once; a pattern that matches nothing ends the command."""
    out = list(dict.fromkeys(each for name in names for each in _matches(name)))
    if not out:
        nothing(f"no {kind}: {' '.join(names)} matches nothing", f"name a {kind} that exists")
    return out


def _matches(name: str) -> Iterator[str]:
    if name == "-" or os.path.exists(name) or not glob.has_magic(name):  # noqa: PTH110 - never raises
        yield name
    else:
        yield from sorted(glob.glob(name))
