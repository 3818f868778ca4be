"""From the rows of the map rules to the calls of a plan: what is made, what exists already, what nobody needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ..contract import Coupon
from ..diagnostics import Diagnostic, finding
from ..money import plain
from ..parameters import Ref, replaced, values
from ..pointers import steps
from ..program import Made, Program, Reference, Row, Run, Trace, record_name
from ..records import Bundle, Gap, Record
from ..schema.stripe import StripeSchema
from .collection import settle_collection
from .existing import check_state, difference
from .model import RecordName, Reused

_WITH_MODE = ("subscription_schedule", "subscription")
"""The resources that start a subscription."""


@dataclass(slots=True)
class Draft:
    """A call that may become part of the plan. `seq` is its place among the rows of its rule.

    `changed` is when the record behind a repeatable call was last changed: setting a value back is a call of its own.
    """

    id: str
    resource: str
    operation: str
    rule_order: int
    seq: int
    made: Made
    params: dict[str, Any]
    on: Any
    contract: str
    changed: str | None = None

    @property
    def row(self) -> Row:
        """What the rule gave."""
        return self.made.result


@dataclass(slots=True)
class Drafts:
    """The calls of a bundle while they are gathered. `known` maps a call id to the id of an object that exists."""

    bundle: Bundle
    program: Program
    schema: StripeSchema
    contracts: dict[str, Any] = field(default_factory=dict)
    calls: dict[str, Draft] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    billed_in: dict[str, Any] = field(default_factory=dict)
    reused: dict[tuple[str, str], Reused] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)

    def add_contract(self, contract: Any, run: Run) -> None:
        """Takes up every call that the rules ask for, for one contract."""
        self.contracts[contract.id] = contract
        gaps: dict[Any, Gap] = {}
        before = self.bundle.records.noting(gaps)
        self.take_up(contract, run)
        self.bundle.records.noting(before)
        self.findings += [run.reading.of_parameter(each) for each in gaps.values()]

    def take_up(self, contract: Any, run: Run) -> None:
        """Takes up the calls of one contract."""
        for seq, made in enumerate(run.made(contract, _parts(contract))):
            self.findings += made.result.findings
            draft = self.draft(made, seq, contract)
            self.one_currency(draft, contract)
            if made.rule.operation == "create" and self.exists(draft, contract, run):
                continue
            self.add(draft)

    def one_currency(self, draft: Draft, contract: Any) -> None:
        """Notes the currency in which a customer is billed; Stripe bills one customer in one."""
        if draft.resource != "customer" or draft.operation != "create":
            return
        first = self.billed_in.setdefault(draft.id, contract)
        if first.currency != contract.currency:
            self.findings.append(
                finding(
                    "E714",
                    f"{first.order} bills {record_name(draft.made.row)} in {first.currency}, "
                    f"and {contract.order} in {contract.currency}: a customer of Stripe has one currency",
                    rule=str(draft.made.rule.span),
                    record=str(contract.order),
                    fix="plan them with customers by account and currency: give the map of customer another key",
                )
            )

    def draft(self, made: Made, seq: int, contract: Any) -> Draft:
        """The draft of one row; what is made has the id `resource/key`, what is done to it the operation's name besides."""
        rule = made.rule
        call_id = f"{rule.resource}/{made.key}" + ("" if rule.operation == "create" else f"/{rule.operation}")
        params = final(made.result.params)
        self.settle_mode(made, params, contract)
        settle_collection(made, params, contract)
        return Draft(call_id, rule.resource, rule.operation, made.order, seq, made, params, made.on, contract.id)

    def settle_mode(self, made: Made, params: dict[str, Any], contract: Any) -> None:
        """Writes the billing mode of a new subscription where the rules do not: what Stripe takes by itself may change.

        Lines of several billing cycles need the flexible mode (https://docs.stripe.com/billing/subscriptions/billing-mode).
        """
        rule = made.rule
        if rule.operation != "create" or rule.resource not in _WITH_MODE or contract.billing_mode is None:
            return
        if params.get("from_subscription") is not None:
            return
        if "billing_mode" not in params:
            params["billing_mode"] = {"type": contract.billing_mode}
            trace = Trace("mapped", str(rule.span), rule.span, rule.resource, ("billing_mode",))
            made.result.traces["/billing_mode/type"] = (trace, (contract,))
        elif (params["billing_mode"] or {}).get("type") == "classic" and _has_several_cycles(contract):
            self.findings.append(
                finding(
                    "E580",
                    f"{contract.order} has lines of several billing cycles, and the rules write the classic billing mode",
                    rule=made.result.traces["/billing_mode/type"][0].rule,
                    record=str(contract.order),
                    fix='write billing_mode.type = "flexible" for such contracts, or leave it to the setting billing_mode',
                )
            )

    def add(self, draft: Draft) -> None:
        """Adds a call; the same call for two contracts is one, two different ones with one id are a fault."""
        before = self.calls.get(draft.id)
        if before is None:
            self.calls[draft.id] = draft
            return
        if before.contract != draft.contract and before.params == draft.params:
            return
        self.findings.append(
            finding(
                "E701",
                f"two rows make the call {draft.id}",
                rule=str(draft.made.rule.span),
                record=record_name(draft.made.row),
                notes=(f"the other row is {record_name(before.made.row)}",),
                fix="give the map a `key` that tells the rows apart",
            )
        )

    # --- objects that exist ---

    def exists(self, draft: Draft, contract: Any, run: Run) -> bool:
        """Whether the object of a creation exists already: then its id is known, and at most an update is planned."""
        known = self.known_id(draft.resource, draft.made.row, contract, run)
        if known is None:
            return False
        self.known[draft.id] = known
        hidden = {steps(pointer)[0] for pointer in draft.row.sensitive}
        shown = {name: value for name, value in draft.params.items() if name not in hidden}
        self.note_reuse(draft.resource, known, record_name(draft.made.row), shown)
        state = self.bundle.stripe_object(draft.resource, known)
        self.findings += check_state(draft.made, draft.params, known, state, contract.currency, hidden)
        if self.program.rules.settings.get(f"existing_{draft.resource}") == "update":
            self.update(draft, known, state)
        return True

    def known_id(self, resource: str, row: Any, contract: Any, run: Run) -> str | None:
        """The Stripe id of what is made of a row: from the model, or from the field where the rules keep it."""
        found = getattr(row, "existing_id", None)
        if found or isinstance(row, Coupon):
            # Stripe's coupons never change: the model knows whether the one of an id still says what the records say.
            return str(found) if found else None
        stored = run.stored_id(resource, row, contract)
        if stored is None:
            return None
        record, name, value = stored
        definition = self.schema.resource(resource)
        prefix = definition.id_prefix if definition else None
        if prefix is None or resource_of(value, self.schema) == resource:
            return value
        secret = (record.object, name) in self.program.rules.sensitive_fields
        shown = "a sensitive value" if secret else repr(value)
        self.findings.append(
            finding(
                "W701",
                f"{record.object}.{name} holds {shown}, which is no id of a {resource}",
                record=str(record),
                notes=(f"an id of a {resource} starts with {prefix}",),
                fix="nothing: the object is created and its id stored",
            )
        )
        return None

    def note_reuse(self, resource: str, known: str, record: str | None, params: dict[str, Any] | None = None) -> None:
        """Lists an object that exists among the plan's reused ones; prices and coupons with what the records say of them."""
        entry = self.reused.setdefault((resource, known), Reused(resource, known, source_of(record)))
        expected: dict[str, Any] | None = None
        if params is not None and resource == "product" and isinstance(params.get("name"), str):
            expected = {"name": params["name"]}
        if params is not None and resource in ("price", "coupon"):
            expected = {name: each for name, each in params.items() if not any(references(each)) and name != "metadata"}
            product = params.get("product")
            if isinstance(product, Reference):
                expected["product"] = self.known.get(product.call_id) or Ref(product.call_id)
        if expected is not None:
            self.reused[resource, known] = replace(entry, expected=expected)

    def terms_of_coupon(self, coupon: str) -> Mapping[str, Any]:
        """What a coupon in Stripe takes off, as far as the records or the bundle say."""
        known = self.reused.get(("coupon", coupon))
        state = self.bundle.stripe_object("coupon", coupon) or {}
        names = ("name", "percent_off", "amount_off", "currency", "duration", "duration_in_months")
        return (known.expected if known else None) or {
            name: final(state[name]) for name in names if state.get(name) is not None
        }

    def update(self, draft: Draft, known: str, state: dict[str, Any] | None) -> None:
        """Plans the update of an object that exists: only what differs, when its state is known."""
        definition = self.schema.resource(draft.resource)
        operation = definition.operations.get("update") if definition else None
        if operation is None:
            return
        allowed = {name: value for name, value in draft.params.items() if name in operation.params.properties}
        params = difference(allowed, state)
        if params:
            record = draft.made.row
            changed = str(record.fact("changed") or "") if isinstance(record, Record) else None
            self.add(
                Draft(
                    f"{draft.id}/update",
                    draft.resource,
                    "update",
                    draft.rule_order,
                    draft.seq,
                    draft.made,
                    params,
                    known,
                    draft.contract,
                    changed,
                )
            )

    # --- what is needed ---

    def prune(self) -> None:
        """Takes out the objects that only serve others and that nothing needs."""
        if any(each.kind == "catalogue" for each in self.contracts.values()):
            return
        supporting = self.program.supporting
        needed: set[str] = set()
        acting: dict[str, list[Draft]] = {}
        for each in self.calls.values():
            if isinstance(each.on, Reference):
                acting.setdefault(each.on.call_id, []).append(each)
        waiting = [
            each for each in self.calls.values() if each.operation == "create" and each.resource not in supporting
        ]
        waiting += [
            each for each in self.calls.values() if each.operation != "create" and not self.waits(each, supporting)
        ]
        while waiting:
            draft = waiting.pop()
            if draft.id in needed:
                continue
            needed.add(draft.id)
            for reference in (*references(draft.params), *references(draft.on)):
                target = self.calls.get(reference.call_id)
                if target is not None:
                    waiting.append(target)
            if draft.operation == "create":
                waiting += acting.get(draft.id, ())
        self.calls = {name: each for name, each in self.calls.items() if name in needed}

    def waits(self, draft: Draft, supporting: frozenset[str]) -> bool:
        """Whether a change of an object is planned only when the object is made."""
        target = draft.on
        return draft.resource in supporting and isinstance(target, Reference) and target.call_id in self.calls


def _parts(contract: Any) -> tuple[str, ...]:
    """The parts of a contract whose maps are asked for calls: all, and of a catalogue those that it has."""
    if contract.kind != "catalogue":
        return ()
    return ("products", "prices") if contract.products else ("account",)


def _has_several_cycles(contract: Any) -> bool:
    phases = (*contract.phases, *(phase for update in contract.updates for phase in update.phases))
    several = (len({item.price.cycle_months for item in phase.items}) > 1 for phase in phases)
    return any(several) or len({item.price.cycle_months for item in contract.items}) > 1


def resource_of(stripe_id: str, schema: StripeSchema) -> str | None:
    """The resource whose ids look like this one: the longest of the prefixes that fit (`sub_sched_` before `sub_`)."""
    if not stripe_id.isascii() or not stripe_id.replace("_", "").isalnum():
        return None
    prefixes = {
        each: found.id_prefix for each in schema.resources() if (found := schema.resource(each)) and found.id_prefix
    }
    fitting = [
        name for name, prefix in prefixes.items() if stripe_id.startswith(prefix) and len(stripe_id) > len(prefix)
    ]
    return max(fitting, key=lambda name: len(prefixes[name]), default=None)


def final(value: Any) -> Any:
    """Parameters with decimals as texts; references stay."""
    return replaced(value, lambda each: plain(each) if isinstance(each, Decimal) else each)


def unresolved(value: Any) -> Any:
    """Parameters with their references by the calls they point to, whether or not the object is known."""
    return replaced(value, lambda each: Ref(each.call_id, each.field) if isinstance(each, Reference) else each)


def references(value: Any) -> Iterator[Reference]:
    """All references of the rules inside a value."""
    return (each for each in values(value) if isinstance(each, Reference))


def source_of(record: str | None) -> RecordName | None:
    """The record of a name such as `Order(801…)`, or nothing."""
    if not record:
        return None
    thing, _, rest = record.partition("(")
    return RecordName(thing, rest.rstrip(")"))
