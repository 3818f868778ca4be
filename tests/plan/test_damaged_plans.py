"""Saved plans with a value of another kind somewhere: a finding with its JSON path, or a plan that can be shown."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from orderplan.engine.diff import compare
from orderplan.engine.forecast import forecasted
from orderplan.engine.plan import from_document, read_document, to_document, without_secrets
from orderplan.engine.render import RuleText, forecast_csv, forecast_text, render_html, render_plan
from orderplan.engine.render.fixtures import render_fixtures
from tests.builders.examples import EXAMPLES
from tests.plan.plans import document_of, seen

Document = dict[str, Any]

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1_800_000_000_000,
    "",
    "now",
    "x",
    "NaN",
    "1e-999999999",
    "1e99",
    [],
    [None],
    [[]],
    {},
    1.5,
    {"a": "b"},
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document as its holder and key."""
    own = [(value, key) for key in value] if isinstance(value, dict) else []
    own += [(value, at) for at in range(len(value))] if isinstance(value, list) else []
    return own + [each for holder, key in own for each in places(holder[key])]


def shown(document: Document, other: Document) -> None:
    """Everything that the commands do with a saved plan."""
    found = forecasted(without_secrets(from_document(document)))
    assert render_plan(found)
    assert render_html(found, RuleText.of(found.plan))
    assert forecast_text(found) is not None
    assert forecast_csv(found.outlook.forecast.invoices if found.outlook else ())
    render_fixtures(found, "plan.json")
    compare(seen(other), seen(document))
    assert to_document(found.plan)


@pytest.mark.parametrize("name", ["amendment-upsell", "coupons", "evergreen", "graduated-tiers", "one-time", "ramp"])
def test_a_damaged_plan_is_a_finding_or_is_shown(name: str) -> None:
    """Each of some hundred changes ends in one or the other, never in an exception."""
    whole = seen(document_of(EXAMPLES[name]())).to_document()
    for seed in range(120):
        chance = random.Random(seed)  # noqa: S311 - the same damage in every run
        damaged = copy.deepcopy(whole)
        holder, key = chance.choice(places(damaged))
        if chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = chance.choice(VALUES)
        document, faults = read_document(json.dumps(damaged), "plan.json")
        if document is None:
            assert all(each.code in ("E708", "E709") for each in faults)
        else:
            shown(document, copy.deepcopy(whole))


@pytest.mark.parametrize(
    ("pointer", "value", "path"),
    [
        (("phases", 0), "x", "$.calls[{at}].params.phases[0]"),
        (("phases", 0, "items"), {}, "$.calls[{at}].params.phases[0].items"),
        (("phases", 0, "end_date"), 1_800_000_000_000, "$.calls[{at}].params.phases[0].end_date"),
        (("metadata",), [], "$.calls[{at}].params.metadata"),
    ],
)
def test_a_parameter_of_another_kind_is_named(pointer: tuple[Any, ...], value: Any, path: str) -> None:
    """With its JSON path in the file."""
    document = document_of(EXAMPLES["annual-subscription"]())
    at = next(n for n, each in enumerate(document["calls"]) if each["resource"] == "subscription_schedule")
    holder = document["calls"][at]["params"]
    for step in pointer[:-1]:
        holder = holder[step]
    holder[pointer[-1]] = value
    read, (fault,) = read_document(json.dumps(document), "plan.json")
    assert read is None
    assert (fault.code, fault.path) == ("E708", path.format(at=at))


def test_an_amount_of_a_billion_digits_is_refused_at_once() -> None:
    """It would take seconds to write down, and then all memory."""
    document = document_of(EXAMPLES["annual-subscription"]())
    at = next(n for n, each in enumerate(document["calls"]) if each["resource"] == "price")
    document["calls"][at]["params"]["unit_amount_decimal"] = "1e-999999999"
    _, (fault,) = read_document(json.dumps(document), "plan.json")
    assert fault.path == f"$.calls[{at}].params.unit_amount_decimal"


def test_parts_that_the_format_calls_optional_may_be_missing() -> None:
    """A plan without its lists of what is reused and skipped is read."""
    document = document_of(EXAMPLES["annual-subscription"]())
    for part in ("reused", "skipped", "sold", "contracts", "contract"):
        document.pop(part, None)
    read, faults = read_document(json.dumps(document), "plan.json")
    assert read is not None
    assert [each.code for each in faults] == []
    assert render_plan(seen(read))
