"""What programs call: the functions behind the commands, with types. `orderplan` exports all of it; docs/library.md shows it.

Faults of rules, bundles and plans are values, as everywhere: they stand in `findings` and `diagnostics`. An exception is
an `OrderplanError`, for a file that cannot be read or a damaged installation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import __version__
from .diagnostics import Diagnostic, OrderplanError, Severity, ordered
from .diff import CallDifference, ChangeClass, Difference, OrderDifference, PlanDiff, compare
from .forecast import (
    DEFAULT_CYCLES,
    Forecast,
    Invoice,
    InvoiceLine,
    Outlook,
    Reconciliation,
    forecasted,
    forecasted_openly,
)
from .parameters import CallPath, Hidden, Ref
from .places import shipped
from .plan import (
    Call,
    ContractSummary,
    CouponPromise,
    OrderLineTotal,
    Plan,
    Provenance,
    RecordName,
    Reused,
    Skipped,
    StoredText,
    WriteBack,
    dump,
    failed_plan,
    read_plan,
    without_secrets,
)
from .plan.planner import Planner
from .plan.saved import saved_text
from .records import Bundle, Loaded
from .validate import check_file

__all__ = [
    "Bundle",
    "Call",
    "CallDifference",
    "CallPath",
    "ChangeClass",
    "ContractSummary",
    "CouponPromise",
    "Diagnostic",
    "Difference",
    "Forecast",
    "Hidden",
    "Invoice",
    "InvoiceLine",
    "Loaded",
    "OrderDifference",
    "OrderLineTotal",
    "OrderplanError",
    "Outlook",
    "Plan",
    "PlanDiff",
    "Provenance",
    "Reconciliation",
    "RecordName",
    "Ref",
    "Reused",
    "Rules",
    "Severity",
    "Skipped",
    "StoredText",
    "WriteBack",
    "__version__",
    "diff",
    "forecast",
    "load_bundle",
    "load_bundles",
    "load_plan",
    "load_rules",
    "plan",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class Rules:
    """A rule file with all that it extends, checked. `findings` are errors and warnings; with an error nothing is planned.

    `planner` holds the compiled rules; it is the concern of the functions that take a `Rules`.
    """

    path: str
    findings: tuple[Diagnostic, ...]
    planner: Planner | None = field(repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the rules are without errors."""
        return self.planner is not None


def load_rules(path: str | os.PathLike[str] | None = None, *, stripe_version: str | None = None) -> Rules:
    """Reads, checks and compiles a rule file; the shipped rules without a path.

    One `Rules` serves any number of bundles. `stripe_version` takes another version of Stripe's API than the file names.

    Raises:
        OrderplanError: when the file or an installed schema cannot be read.
    """
    name = str(shipped("rules", "cpq.rules")) if path is None else os.fspath(path)
    checked = check_file(name, stripe_version=stripe_version)
    return Rules(name, checked.findings, Planner(checked.rules, checked.findings) if checked.rules else None)


def load_bundle(source: str | os.PathLike[str] | Mapping[str, Any], rules: Rules, *, orders: bool = True) -> Loaded:
    """One order bundle: the path of a file that holds one, or the document itself, of JSON values.

    The rules say by which Salesforce schema it is read. Without `orders` it need not name any: its catalogue is planned.

    Raises:
        OrderplanError: E901, when the file cannot be read.
        TypeError, ValueError: when the document holds something that is no JSON value.
    """
    if isinstance(source, Mapping):
        name, data = "bundle", json.dumps(source, allow_nan=False).encode()
    else:
        name = os.fspath(source)
        data = _bytes(name)
    # Without rules there is no schema to read by; the faults of the rules stand in for what would be found.
    planner = rules.planner
    return Loaded(name, None, rules.findings) if planner is None else planner.bundle(data, name, orders=orders)


def load_bundles(path: str | os.PathLike[str], rules: Rules) -> Iterator[Loaded]:
    """The bundles of a file that may hold one a line; it is read while they are taken.

    Raises:
        OrderplanError: E901, when the file cannot be read.
    """
    name = os.fspath(path)
    planner = rules.planner
    if planner is None:
        yield Loaded(name, None, rules.findings)
        return
    yield from planner.bundles(name)


def plan(loaded: Loaded, rules: Rules, *, preview: bool = False, catalogue: bool = False) -> Plan:
    """The plan of a bundle; where rules or bundle have errors, one without calls whose `diagnostics` say so.

    With `preview` draft orders are planned as if they were activated; such a plan is not applied.
    With `catalogue` the accounts, products and list prices of the bundle are planned instead of its orders.
    """
    planner = rules.planner
    if planner is None:
        return failed_plan(ordered([*rules.findings, *loaded.findings]), loaded.name, __version__)
    return planner.plan(loaded, preview=preview, catalogue=catalogue)


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """A saved plan; a damaged one has no calls, and `diagnostics` that say what is wrong.

    Raises:
        OrderplanError: E901, when the file cannot be read.
    """
    name = os.fspath(path)
    found, faults = read_plan(saved_text(name), name)
    if found is None:
        return failed_plan(faults, name, __version__)
    # What was found on reading, such as an edited plan, is no part of the file and is found again: it comes first.
    return replace(found, diagnostics=(*faults, *found.diagnostics))


def forecast(plan: Plan, *, cycles: int = DEFAULT_CYCLES, strict_money: bool = False) -> Outlook | None:
    """What a plan bills, when, and whether it is what was sold; None for a plan with errors, which bills nothing.

    `cycles` are shown of contracts without an end. With `strict_money`, money that is not what was sold is an error among
    the `findings` instead of a warning. A plan saved without its sensitive values is reckoned as far as it says them.
    """
    return forecasted(plan, cycles=cycles, strict=strict_money).outlook


def diff(old: Plan, new: Plan) -> PlanDiff:
    """The differences between two plans, each with the class of what it alters: billing, identity or metadata."""
    return compare(forecasted_openly(old), forecasted_openly(new))


def to_json(plan: Plan, *, reveal: bool = False, strict_money: bool = False) -> str:
    """The plan as `orderplan plan --format json` prints it, with its forecast; docs/plan-format.md describes it.

    Sensitive values are digests unless `reveal`: then they stand there, as in a file that `--out` writes.
    """
    return dump(forecasted(plan if reveal else without_secrets(plan), strict=strict_money).to_document())


def _bytes(name: str) -> bytes:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - a name is no Path yet, and may hold a NUL
            return file.read()
    except (OSError, ValueError) as fault:
        reason = (getattr(fault, "strerror", None) or str(fault)).lower()
        raise OrderplanError(
            "E901", f"cannot read {name}: {reason}", "name a bundle file that exists and can be read"
        ) from fault
