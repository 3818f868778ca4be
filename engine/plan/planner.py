"""A rule set that is ready to plan one bundle after the other: its schemas are read and its rules compiled once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .. import __version__
from ..diagnostics import Diagnostic
from ..program import Program
from ..records import Loaded, load_bundles, read_bundle
from ..schema import stripe
from ..schema.salesforce import Catalogue, load_catalogue
from ..validate import ir
from .make import make_catalogue_plan, make_plan
from .model import Plan, failed_plan


class Planner:
    """Plans bundles by one rule set. `findings` are what validation warned of, which every plan repeats."""

    def __init__(self, rules: ir.CheckedRules, findings: tuple[Diagnostic, ...] = ()) -> None:
        self.program = Program(rules)
        self.findings = findings
        self.schema = stripe.load(rules.stripe_version)
        path = Path(rules.catalogue)
        self.catalogue: Catalogue = load_catalogue(path)
        self._catalogue_text = path.read_bytes()

    def bundles(self, path: str, stdin: bytes | BinaryIO | None = None, *, orders: bool = True) -> Iterator[Loaded]:
        """The bundles of a file, checked against the Salesforce schema of the rules; `stdin` is what `-` stands for.

        Without `orders` a bundle need not name any: its catalogue is planned.
        """
        return load_bundles(
            path,
            self.catalogue,
            self.program.rules.bindings,
            stdin=io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin,
            namespace=self.program.rules.namespace,
            sensitive=self.program.rules.sensitive_fields,
            orders=orders,
        )

    def bundle(self, data: bytes, name: str, *, orders: bool = True) -> Loaded:
        """The bundle in the bytes of one document; without `orders` it need not name any."""
        return read_bundle(
            data,
            name,
            self.catalogue,
            self.program.rules.bindings,
            namespace=self.program.rules.namespace,
            sensitive=self.program.rules.sensitive_fields,
            orders=orders,
        )

    def plan(self, loaded: Loaded, *, preview: bool = False, catalogue: bool = False) -> Plan:
        """The plan of a bundle, or the one that says why there is none; a `preview` takes draft orders for activated.

        With `catalogue` the accounts, products and list prices of the bundle are planned instead of its orders.
        """
        if loaded.bundle is None:
            return failed_plan(loaded.findings, loaded.name, __version__)
        if catalogue:
            return make_catalogue_plan(loaded.bundle, self.program, self.schema, (*self.findings, *loaded.findings))
        return make_plan(loaded.bundle, self.program, self.schema, (*self.findings, *loaded.findings), preview=preview)

    def reads_as(self, other: Planner) -> bool:
        """Whether both rule sets see the same schema under the same names, need the same, and hide the same fields.

        Then one reading of a bundle does for both.
        """
        return self._reading() == other._reading()

    def _reading(self) -> tuple[bytes, str, frozenset[tuple[str, str]], str, str, frozenset[tuple[str, str]]]:
        rules, bound = self.program.rules, self.program.rules.bindings
        return (
            self._catalogue_text,
            rules.namespace,
            rules.sensitive_fields,
            bound.own("order"),
            bound.own("account"),
            bound.needed,
        )


def planned_by_both(
    old: Planner, new: Planner, path: str, stdin: bytes | None = None
) -> Iterator[tuple[Plan, Plan, tuple[Diagnostic, ...]]]:
    """The plans of each bundle of a file by either rule set, and the findings of loading a bundle that neither can read.

    The plans hold the sensitive values, so that they can be compared; nothing of them goes on.
    """
    if old.reads_as(new):
        pairs: Iterator[tuple[Loaded, Loaded]] = ((each, each) for each in old.bundles(path, stdin))
    else:
        pairs = zip(old.bundles(path, stdin), new.bundles(path, stdin), strict=True)
    for before, after in pairs:
        unread = after.findings if after.bundle is None else ()
        yield old.plan(before), new.plan(after), unread
