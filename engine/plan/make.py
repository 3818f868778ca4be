"""The plan of a bundle: records to terms, terms to contracts, contracts to calls. Pure: no network, no clock, no chance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from .. import __version__
from ..contract import assemble, catalogued, settings_from
from ..dates import zone_of
from ..diagnostics import Diagnostic, finding, ordered
from ..parameters import CallPath, Ref, replaced
from ..pointers import inside
from ..program import Program, Reference, Run, plain, record_name
from ..records import Bundle, Missing, Record, as_if_activated, outer, relations
from ..schema.stripe import Operation, StripeSchema
from ..schema.stripe_check import check_parameters
from .changed_in_stripe import changed_in_stripe, live_discounts, with_live_discounts
from .document import digest
from .drafts import Draft, Drafts, resource_of, source_of, unresolved
from .history import BILLING, bare, earlier_plans, under_ids_of_today
from .holds import holds_until
from .kept_changes import with_kept_changes
from .known import known_objects
from .model import (
    Call,
    ContractSummary,
    CouponPromise,
    Earlier,
    Follows,
    OrderLineTotal,
    Plan,
    RecordName,
    Reused,
    Skipped,
    StoredText,
    WriteBack,
)
from .moments import refused
from .order import dependencies, ordered_calls
from .provenance import alternatives, provenance
from .secrets import digests, environment_key, hash_of_bundle, redacted, redaction_key
from .spelling import canonical

KEY_PREFIX = "op1-"
"""The first part of every idempotency key; its number changes when the way keys are made does."""


def make_plan(
    bundle: Bundle,
    program: Program,
    schema: StripeSchema,
    findings: tuple[Diagnostic, ...] = (),
    *,
    preview: bool = False,
) -> Plan:
    """The plan of one bundle. `findings` are those of loading it, which the plan repeats.

    A `preview` takes draft orders for activated.
    """
    missing: tuple[Missing, ...] = ()
    if preview:
        bundle, missing = as_if_activated(bundle, program.rules.bindings)
    zone = zone_of(settings_from(program.rules.settings).time_zone, bundle.as_of.year)
    bundle = replace(bundle, as_of=bundle.as_of.astimezone(zone))
    plan, contracts, run = _planned(bundle, program, schema, findings, missing)
    changed = {each.contract for each in plan.calls if each.resource.startswith("subscription")}
    history: list[Earlier] = []
    more: list[Diagnostic] = []
    for contract in () if any(each.is_error for each in plan.diagnostics) else contracts:
        if contract.planned and contract.id in changed:
            found, faults = earlier_plans(
                contract, bundle, run, program.marks, lambda each: _planned(each, program, schema, whole=True)[0]
            )
            history += found
            more += faults
    follows = _follows(contracts, plan, lambda: _planned(bundle, program, schema, whole=True)[0])
    earlier = under_ids_of_today(history, plan.reused)
    diagnostics = tuple(ordered([*plan.diagnostics, *more]))
    return replace(plan, history=earlier, follows=follows, diagnostics=diagnostics, preview=preview)


def make_catalogue_plan(
    bundle: Bundle, program: Program, schema: StripeSchema, findings: tuple[Diagnostic, ...] = ()
) -> Plan:
    """The plan of the accounts, products and list prices of a bundle, whatever its orders are."""
    return _planned(bundle, program, schema, findings, catalogue=True)[0]


def _planned(
    bundle: Bundle,
    program: Program,
    schema: StripeSchema,
    findings: tuple[Diagnostic, ...] = (),
    missing: tuple[Missing, ...] = (),
    *,
    catalogue: bool = False,
    whole: bool = False,
) -> tuple[Plan, tuple[Any, ...], Run]:
    """The plan of a bundle without what was planned earlier, its contracts, and the run that read them."""
    settings = settings_from(program.rules.settings)
    bundle = replace(bundle, as_of=bundle.as_of.astimezone(zone_of(settings.time_zone, bundle.as_of.year)))
    run = program.run(bundle.as_of.date(), bundle.records.catalogue)
    if catalogue:
        assembly = catalogued(bundle, run, settings, run.selected)
    else:
        assembly = assemble(bundle, run, settings, run.selected, missing, whole=whole)
    drafts = Drafts(bundle, program, schema)
    for contract in assembly.contracts:
        drafts.add_contract(contract, run)
        if contract.planned:
            known = run.stripe_id(contract.order)
            if known:
                drafts.note_reuse(resource_of(known, schema) or "object", known, str(contract.order))
    drafts.prune()
    needs = dependencies(drafts)
    sequence, stuck = ordered_calls(drafts, needs)
    key = redaction_key(bundle.secret)
    finisher = _Finisher(drafts, run, bundle, key)
    calls = tuple(finisher.call(each, needs[each.id]) for each in sequence)
    unread = run.unread(bundle.records)
    everything = [*findings, *assembly.findings, *run.findings, *unread, *drafts.findings, *stuck, *finisher.findings]
    everything += _doubtful(bundle)
    everything += _uncollected(calls, {each.id for each in assembly.contracts if each.kind == "evergreen"})
    unmade = {each.id for each in sequence if any(one.is_error for one in each.row.findings)}
    everything += _violations(calls, schema, int(bundle.as_of.timestamp()), unmade)
    everything += refused(calls, bundle.as_of)
    holds = holds_until(calls, assembly.contracts, bundle.as_of)
    plan = Plan(
        day_starts=_day_starts(bundle),
        requires_approval=settings.require_approval,
        as_of=bundle.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        stripe_version=schema.version,
        inputs=_inputs(bundle, program, schema),
        account=dict(bundle.account) if bundle.account else None,
        contracts=tuple(_contract(each) for each in assembly.contracts if each.kind != "catalogue"),
        calls=calls,
        reused=tuple(drafts.reused[each] for each in sorted(drafts.reused)),
        skipped=tuple(
            Skipped(RecordName(line.order_item.object, line.order_item.id), line.reason)
            for each in assembly.contracts
            for line in each.skipped
        ),
        sold=tuple(line for each in assembly.contracts for line in _sold(each, bundle, run, assembly.priced)),
        promises=tuple(line for each in assembly.contracts for line in _promises(each, drafts)),
        diagnostics=tuple(ordered(everything)),
        redacted=finisher.redacted,
        marks=program.marks,
        tool_version=__version__,
        holds_until=holds.at if holds else "",
        holds_because=holds.why if holds else "",
        known=known_objects(calls, bundle.stripe_object),
    )
    return replace(plan, digest=digest(plan)), assembly.contracts, run


def _follows(contracts: Sequence[Any], plan: Plan, whole: Callable[[], Plan]) -> tuple[Follows, ...]:
    """What later plans send of the schedules of a plan, with what `whole`, the plan without Stripe's limit, sends at once."""
    parts = [each for each in contracts if each.follows is not None]
    if not parts or any(each.is_error for each in plan.diagnostics):
        return ()
    complete = whole()
    out = []
    for each in parts:
        calls = tuple(bare(one) for one in complete.calls if one.contract == each.id and one.resource in BILLING)
        made = next((one for one in plan.calls if one.resource == _SCHEDULE and one.contract == each.id), None)
        creates = made is not None and made.action == "create"
        acted = next((one.id for one in plan.reused if one.resource == _SCHEDULE and one.source == _order(each)), "")
        out.append(
            Follows(
                each.id,
                made.id if made is not None and creates else acted,
                tuple((phase.start.isoformat(), phase.end.isoformat()) for phase in each.follows.phases),
                each.follows.room.isoformat(),
                each.follows.by.isoformat(),
                calls if made is not None else (),
                {one.id: complete.redacted[one.id] for one in calls if one.id in complete.redacted},
            )
        )
    return tuple(out)


def _order(contract: Any) -> RecordName:
    return RecordName(contract.order.object, contract.order.id)


_SCHEDULE = "subscription_schedule"


def _day_starts(bundle: Bundle) -> int:
    """Seconds after midnight UTC at which the days of orders begin."""
    return -int((bundle.as_of.utcoffset() or timedelta()).total_seconds())


_BEHIND = ("product", "coupon", "order")
"""Where a model object keeps the record that people know it by."""


class _Finisher:
    """Gives drafts their final form: references resolved, keys made, sensitive values known."""

    def __init__(self, drafts: Drafts, run: Run, bundle: Bundle, key: bytes) -> None:
        self.drafts = drafts
        self.run = run
        self.bundle = bundle
        self.catalogue = bundle.records.catalogue
        self.namespace = drafts.program.rules.namespace
        self.key = key
        self.findings: list[Diagnostic] = []
        self.redacted: dict[str, dict[str, str]] = {}
        self.compared: set[str] = set()
        self.carried: dict[str, tuple[str, ...]] = {}

    def call(self, draft: Draft, needs: set[str]) -> Call:
        definition = self.drafts.schema.resource(draft.resource)
        assert definition is not None  # noqa: S101 - validation has looked it up
        operation = definition.operations[draft.operation]
        path = self.path(operation.path, draft)
        state = self.known_schedule(draft, path)
        params = self.keeping(draft, with_live_discounts(self.resolved(draft.params, draft), state), state)
        kept = draft.row.traces.keys() & set(inside(params))
        sensitive = tuple(sorted(each for each in draft.row.sensitive if each in kept))
        if sensitive:
            self.redacted[draft.id] = digests(params, sensitive, self.key, draft.resource)
        told = _told(kept, sensitive)
        trails = {pointer: provenance(*draft.row.traces[pointer]) for pointer in told}
        omitted = {
            pointer: why for pointer, why in sorted(draft.row.omitted.items()) if pointer not in draft.row.traces
        }
        stores = self.stores(draft) if draft.operation == draft.made.rule.operation else ()
        name = record_name(draft.made.row)
        call = Call(
            id=draft.id,
            resource=draft.resource,
            action=draft.operation,
            method=operation.method,
            path=path,
            params=params,
            depends_on=tuple(sorted(needs)),
            idempotency_key=self.idempotency_key(draft, operation, sensitive),
            source=source_of(name),
            provenance=trails,
            omitted=omitted,
            sensitive=sensitive,
            store=stores,
            contract=draft.contract,
            title=self.title(draft.made.row),
            alternatives=alternatives(draft.row.untaken),
        )
        if state is not None:
            self.compare(call, draft, state)
        return call

    def keeping(self, draft: Draft, params: Any, state: dict[str, Any] | None) -> Any:
        """The parameters with what was changed in Stripe, where the rules want it kept; a notice says what that is."""
        wanted = self.drafts.program.rules.settings.get("changes_made_in_stripe")
        if state is None or wanted != "keep":
            return params
        found = with_kept_changes(params, state, self.drafts.program.marks, int(self.bundle.as_of.timestamp()))
        if found.carried:
            self.carried[draft.id] = found.carried
            self.findings.append(
                finding(
                    "N715",
                    f"{state['id']} was changed in Stripe since the earlier orders made it, and {draft.id} keeps that",
                    record=record_name(draft.made.row),
                    notes=found.carried,
                    fix="nothing, if what was changed in Stripe is to stay",
                )
            )
        return found.params

    def known_schedule(self, draft: Draft, path: Any) -> dict[str, Any] | None:
        """The schedule in Stripe that the first update of it in this plan changes."""
        if draft.resource != "subscription_schedule" or draft.operation != "update" or not isinstance(path, str):
            return None
        schedule = path.rpartition("/")[2]
        return None if schedule in self.compared else self.bundle.stripe_object("subscription_schedule", schedule)

    def compare(self, call: Call, draft: Draft, state: dict[str, Any]) -> None:
        """Says what the update would undo of what was changed in Stripe, and what discounts it sends again are."""
        self.compared.add(str(state["id"]))
        refuse = self.drafts.program.rules.settings.get("changes_made_in_stripe", "refuse") == "refuse"
        order = getattr(draft.made.row, "order", None)
        # what only sends more phases of an order, by a key of its own, changes none of those that are there
        changes = order and getattr(draft.made.row, "key", order.id) == order.id
        self.findings += changed_in_stripe(
            call, state, self.drafts.program.marks, order.id if order and changes else "", refuse=refuse
        )
        for discount, coupon in live_discounts(state):
            terms = self.drafts.terms_of_coupon(coupon)
            if terms:
                terms = {**terms, "coupon": coupon}
                self.drafts.reused.setdefault(("discount", discount), Reused("discount", discount, expected=terms))

    def title(self, row: Any) -> str:
        """What people call the record behind a call: its name or number, where the rules do not mark that as sensitive."""
        behind = (row, *(getattr(row, name, None) for name in _BEHIND))
        record = next((each for each in behind if isinstance(each, Record)), None)
        kind = self.catalogue.objects.get(record.object) if record is not None else None
        for name in kind.title if kind is not None else ():
            if (
                record is not None
                and (record.object, name) not in self.drafts.program.rules.sensitive_fields
                and record.peek(name)
            ):
                return str(record.peek(name))
        return ""

    def resolved(self, value: Any, draft: Draft) -> Any:
        return replaced(value, lambda each: self.reference(each, draft) if isinstance(each, Reference) else each)

    def reference(self, reference: Reference, draft: Draft) -> str | Ref:
        """The id of an object that exists, else the reference to the call that makes it."""
        if reference.call_id in self.drafts.calls:
            return Ref(reference.call_id, reference.field)
        known = self.drafts.known.get(reference.call_id) or self.drafts.known_id(
            reference.resource, reference.row, self.drafts.contracts[draft.contract], self.run
        )
        if known is not None:
            self.drafts.known[reference.call_id] = known
            self.drafts.note_reuse(reference.resource, known, record_name(reference.row))
            return known
        self.findings.append(
            finding(
                "E703",
                f"{draft.id} needs the {reference.resource} of {record_name(reference.row) or reference.key}, "
                "which no rule makes and whose id is not known",
                rule=str(draft.made.rule.span),
                record=record_name(draft.made.row),
                fix=f"let the map of {reference.resource} take this row, or fill in the id",
            )
        )
        return Ref(reference.call_id)

    def path(self, template: str, draft: Draft) -> str | CallPath:
        if "{" not in template:
            return template
        target = self.resolved(draft.on, draft)
        if isinstance(target, str):
            return template.replace("{id}", target)
        if target is None:
            self.findings.append(
                finding(
                    "E704",
                    f"{draft.id} acts on an object that is not known",
                    rule=str(draft.made.rule.span),
                    record=record_name(draft.made.row),
                    fix="correct the map's `on` clause",
                )
            )
        return CallPath(template, target)

    def idempotency_key(self, draft: Draft, operation: Operation, sensitive: tuple[str, ...]) -> str:
        """The same for the same call in the same account, whatever the rule file's text and however often it is planned.

        References count as they are written, also when the object is known by now: a plan that is made again halfway must
        give the calls that are left the keys they had. An object that several contracts share has one key for all. Sensitive
        values count by a digest under the key of the environment, or not at all: a key is printed, and could be guessed.
        """
        account = self.bundle.account or {}
        shared = draft.operation == "create" and draft.resource in self.drafts.program.supporting
        params = unresolved(draft.params)
        key = environment_key()
        hidden = digests(params, sensitive, key, draft.resource) if key else dict.fromkeys(sensitive, "")
        material = [account.get("id"), bool(account.get("livemode")), None if shared else draft.contract, draft.id]
        material += [operation.method, operation.path, unresolved(draft.on), redacted(params, hidden)]
        material += [draft.changed] if draft.changed else []
        material += [list(self.carried[draft.id])] if draft.id in self.carried else []
        return KEY_PREFIX + hashlib.sha256(canonical(material).encode()).hexdigest()[:40]

    def stores(self, draft: Draft) -> tuple[WriteBack, ...]:
        out: list[WriteBack] = []
        for each in draft.row.stores:
            parts = tuple(part if isinstance(part, str) else Ref(draft.id, part[0]) for part in each.parts)
            value = parts[0] if len(parts) == 1 and isinstance(parts[0], Ref) else StoredText(parts)
            names = [outer(name, self.catalogue, self.namespace) for name in (each.record.object, each.field)]
            is_id = isinstance(value, Ref) and value.field == "id"
            secret = (each.record.object, each.field) in self.drafts.program.rules.sensitive_fields
            held = each.record.peek(each.field) if is_id and not secret else None
            out.append(WriteBack(names[0], each.record.id, names[1], value, str(held) if held else None))
        return tuple(out)


_WRITTEN_WRONG = ("enum", "type", "unknown")
"""The kinds of violation that a value is to blame for which is there."""


def _violations(calls: tuple[Call, ...], schema: StripeSchema, as_of: int, unmade: Collection[str]) -> list[Diagnostic]:
    """What Stripe would refuse, with the rule that wrote it.

    `unmade` are the calls a value of which could not be made: that one is then missing is said already.
    """
    out: list[Diagnostic] = []
    by_id = {each.id: each.params for each in calls}
    for call in calls:
        params = _with_moments(call.params, as_of)
        for fault in check_parameters(
            schema, call.resource, call.action, params, sensitive=call.sensitive, calls=by_id
        ):
            if call.id in unmade and fault.kind not in _WRITTEN_WRONG:
                continue
            out.append(
                finding(
                    "E702",
                    f"{call.id}: {fault.message}",
                    path=fault.pointer or "/",
                    record=str(call.source) if call.source else None,
                    rule=call.rule(fault.pointer),
                    fix="correct the rule, or the record it reads",
                )
            )
    return out


def _doubtful(bundle: Bundle) -> list[Diagnostic]:
    """A bundle that leaves empty fields out: what was not queried cannot be told from what is empty."""
    gaps = list(bundle.records.doubtful.values())
    if not gaps:
        return []
    names = sorted({f"{each.record.object}.{each.field}" for each in gaps})
    return [
        finding(
            "W731",
            f"{len(names)} fields that the rules read stand nowhere in the bundle, which holds no null at all: "
            "they are taken to be empty",
            notes=(", ".join(names),),
            fix="make the bundle of what Salesforce returns, with null for empty fields, or name what was queried in `queried`",
        )
    ]


def _uncollected(calls: tuple[Call, ...], evergreen: set[str]) -> list[Diagnostic]:
    """Evergreen contracts that are not billed by invoice with a due date: nothing else ends a subscription that is not paid."""
    out: list[Diagnostic] = []
    for call in calls:
        if call.contract not in evergreen or call.action != "create":
            continue
        if call.resource == "subscription":
            method, days = call.params.get("collection_method"), call.params.get("days_until_due")
            pointer = "/collection_method"
        elif call.resource == "subscription_schedule":
            defaults = call.params.get("default_settings") or {}
            method, days = (
                defaults.get("collection_method"),
                (defaults.get("invoice_settings") or {}).get("days_until_due"),
            )
            pointer = "/default_settings/collection_method"
        else:
            continue
        if method != "send_invoice" or days is None:
            what = (
                f"collection_method is {method or 'not set'}"
                if method != "send_invoice"
                else "days_until_due is not set"
            )
            out.append(
                finding(
                    "E711",
                    f"{call.id} is evergreen, and its {what}",
                    path=pointer,
                    rule=call.rule(pointer),
                    record=str(call.source) if call.source else None,
                    fix='map collection_method = "send_invoice" and days_until_due',
                )
            )
    return out


def _with_moments(value: Any, as_of: int) -> Any:
    """The parameters with the plan's moment in place of the moments that only an answer tells, and a text for its texts."""

    def told(each: Any) -> Any:
        if not isinstance(each, Ref) or each.field == "id":
            return each
        last = each.field.rpartition(".")[2]
        return as_of if last.endswith(_MOMENT_ENDINGS) or last == "created" else f"the {last} of an answer"

    return replaced(value, told)


_MOMENT_ENDINGS = ("_date", "_at", "_end", "_start")
"""How the fields of Stripe's answers end that hold moments."""


def _told(pointers: set[str], sensitive: tuple[str, ...]) -> list[str]:
    """The pointers that say where their value comes from: a written list by its elements, unless it is sensitive."""
    hidden = tuple(f"{each}/" for each in sensitive)
    shown = (each for each in pointers if each in sensitive or f"{each}/0" not in pointers)
    return sorted(each for each in shown if not (hidden and each.startswith(hidden)))


def _inputs(bundle: Bundle, program: Program, schema: StripeSchema) -> dict[str, Any]:
    return {
        "bundle": {"path": bundle.name, **hash_of_bundle(bundle.sha256)},
        "rules": [{"path": each.path, "sha256": each.sha256} for each in program.rules.files],
        "schemas": [
            *({"id": each.path, "sha256": each.sha256} for each in program.rules.schemas),
            {"id": f"schemas/stripe/{schema.version}", "sha256": schema.sha256},
        ],
    }


def _contract(contract: Any) -> ContractSummary:
    start, end = (None if each is None else each.isoformat() for each in (contract.start, contract.end))
    orders = tuple(each.id for each in contract.orders)
    return ContractSummary(contract.id, contract.kind, orders, contract.currency, start, end, contract.billing_mode)


def _promises(contract: Any, drafts: Drafts) -> Iterator[CouponPromise]:
    """What each coupon was given for and for how long: what its discounts are compared with in a forecast."""
    for each in contract.promises:
        coupon = each.coupon
        amount = coupon.amount_off
        call = f"coupon/{coupon.key}"
        yield CouponPromise(
            coupon=call if call in drafts.calls or coupon.existing_id is None else coupon.existing_id,
            contract=contract.id,
            duration=coupon.duration,
            name=coupon.name,
            order=each.order.id if each.order else None,
            order_item=each.order_item.id if each.order_item else None,
            percent_off=None if coupon.percent_off is None else plain(coupon.percent_off),
            amount_off=None if amount is None else plain(amount.minor_amount),
            duration_in_months=coupon.duration_in_months,
            max_redemptions=coupon.max_redemptions,
        )


def _sold(contract: Any, bundle: Bundle, run: Run, priced: Mapping[str, Decimal]) -> Iterator[OrderLineTotal]:
    """What Salesforce says the lines of a contract are worth: what a forecast is reconciled with.

    A line whose price a rule takes from another field is worth what follows from it, whatever CPQ reckoned.
    """
    left_out = {line.order_item.id for line in contract.skipped}
    for order in contract.orders:
        lines = relations.referring(bundle.records, run.bindings, "line", "of", order.id)
        for record in sorted(lines, key=lambda each: each.id):
            if record.id in left_out:
                continue
            terms = run.read("line", record)
            total = priced.get(record.id, terms.get("total_price"))
            revised = relations.peeked(record, run.bindings.of("line", record.object, "revises"))
            yield OrderLineTotal(
                order_item=record.id,
                order=order.id,
                contract=contract.id,
                currency=contract.currency,
                total=plain(total) if total is not None else None,
                quantity=plain(terms.get("quantity")),
                recurring=bool(terms.get("recurring")),
                metered=bool(terms.get("metered")),
                evergreen=bool(terms.get("evergreen")),
                revises=revised,
            )
