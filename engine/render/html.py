"""A plan as one HTML file for the people who decide: it loads nothing from elsewhere, and needs no script to be read."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..diagnostics import Diagnostic
from ..forecast import ForecastedPlan
from ..plan import ContractSummary, Plan
from ..visible import visible
from .days import day_words, span_words, stamp_words
from .html_calls import Became, resource_groups
from .html_forecast import ForecastView, forecast_view
from .rule_text import RuleText
from .text import summary_line
from .timeline import Drawing, timeline

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_KINDS = {"renewable": "Renewable contract", "evergreen": "Evergreen contract", "one_time": "Order billed once"}
_WORDS = {"error": ("✕", "Error"), "warning": ("!", "Warning"), "notice": ("i", "Notice")}


@dataclass(frozen=True, slots=True)
class ContractView:
    """One contract in words, with its time line where there is one."""

    name: str
    kind: str
    period: str
    currency: str
    orders: tuple[str, ...]
    drawing: Drawing | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """One diagnostic."""

    severity: str
    sign: str
    word: str
    code: str
    message: str
    places: tuple[str, ...]
    notes: tuple[str, ...]
    fix: str


def render_html(view: ForecastedPlan, rules: RuleText | None = None, became: Mapping[str, Became] | None = None) -> str:
    """The page of a plan; `rules` gives the text of the rules that its provenance names.

    `became` says by the ids of calls what became of them when the plan was applied.
    """
    plan = view.plan
    contracts = tuple(_contract(each, view) for each in plan.contracts)
    forecast = forecast_view(view)
    findings = tuple(_finding(each) for each in view.diagnostics)
    return page(
        "plan.html.j2",
        title=_title(plan, contracts),
        plan=plan,
        contracts=contracts,
        findings=findings,
        forecast=forecast,
        tallies=tuple(_tallies(plan)),
        groups=resource_groups(plan, rules or RuleText({}), became),
        summary=summary_line(view),
        figures=tuple(_figures(forecast)),
        made=stamp_words(plan.as_of),
        holds=stamp_words(plan.holds_until) if plan.holds_until and plan.sound else "",
        holds_because=plan.holds_because,
        inputs=tuple(_inputs(plan)),
        verdict=_verdict(view),
    )


def page(template: str, **values: Any) -> str:
    """A page of a template, with the style and script inside, and a policy that allows these two and nothing else.

    Characters that a browser would obey instead of showing them are escapes, whatever value holds them.
    """
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; base-uri 'none'; form-action 'none'"
    return visible(_environment().get_template(template).render(style=style, script=script, policy=policy, **values))


@lru_cache(maxsize=1)
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["day"] = day_words
    return environment


@lru_cache(maxsize=2)
def _part(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# --- what the head of the page says -----------------------------------------------------------------------------------


def _title(plan: Plan, contracts: tuple[ContractView, ...]) -> str:
    """Who the plan is for: the customers' names, else the orders'."""
    customers = [each.title for each in plan.calls if each.resource == "customer" and each.title]
    if customers:
        return ", ".join(dict.fromkeys(customers))
    orders = [each.orders[0] for each in contracts if each.orders]
    if orders:
        return f"Order {', '.join(orders)}"
    return Path(str(plan.inputs.get("bundle", {}).get("path") or "No order")).name


def _contract(contract: ContractSummary, view: ForecastedPlan) -> ContractView:
    numbers = {
        each.source.id: each.title
        for each in view.plan.calls
        if each.title and each.source and each.source.id in contract.order_ids
    }
    start, end = contract.start, contract.end
    period = span_words(start, end) if start and end else f"from {day_words(start)}" if start else ""
    orders = tuple(numbers.get(each, each) for each in contract.order_ids)
    return ContractView(
        orders[0] if orders else contract.id,
        _KINDS.get(contract.kind, contract.kind),
        period,
        contract.currency.upper(),
        orders,
        timeline(view, contract),
    )


def _tallies(plan: Plan) -> Iterator[tuple[str, str, int]]:
    for kind, sign in (("create", "+"), ("update", "~"), ("cancel", "−")):
        yield kind, sign, plan.summary[kind]


def _figures(forecast: ForecastView | None) -> Iterator[tuple[str, str, str]]:
    """The figures that decide: what is billed, how often, and whether it is what was sold. Kind, name and value."""
    if forecast is None:
        return
    for account in forecast.accounts:
        if account.status != "not_compared":
            yield "", "Sold in Salesforce", account.sold
    if forecast.taken_off:
        yield "", "Coupons", forecast.taken_off
    count = sum(not each.past for each in forecast.invoices)
    if forecast.past_totals:
        yield "", "Billed before this plan", ", ".join(forecast.past_totals)
    yield "", f"Billed on {count} invoice{'' if count == 1 else 's'}", ", ".join(forecast.totals) or "nothing"
    if forecast.status:
        word = {"reconciled": "✓ Reconciled", "differs": "✕ Differs"}.get(forecast.status, "Not compared")
        yield forecast.status, "Billed against sold", word


def _verdict(view: ForecastedPlan) -> tuple[str, str]:
    errors = sum(each.is_error for each in view.diagnostics)
    if view.plan.preview and view.sound:
        return "bad", "A preview: orders are not activated yet"
    if not view.applyable:
        return "bad", f"Cannot be applied: {errors} error{'' if errors == 1 else 's'}"
    return ("good", "Can be applied") if view.plan.calls else ("good", "Nothing to do")


def _finding(found: Diagnostic) -> FindingView:
    sign, word = _WORDS[found.severity]
    places = [str(each) for each in (found.span, found.record, found.rule, found.file, found.path) if each]
    return FindingView(
        found.severity, sign, word, found.code, found.message, tuple(places), tuple(found.notes), found.fix or ""
    )


def _inputs(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """What the plan was made from: kind, name and digest."""
    inputs = plan.inputs
    bundle = inputs.get("bundle")
    if bundle:
        yield "Bundle", str(bundle.get("path", "")), plan.bundle_hash or ""
    for name, kind in (("rules", "Rules"), ("schemas", "Schema")):
        for each in inputs.get(name, ()):
            yield kind, str(each.get("path") or each.get("id", "")), str(each.get("sha256", ""))
