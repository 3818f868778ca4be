"""Properties of plans: the same for the same order, whole, exact to the cent, and silent about secrets."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderplan.engine.forecast import ForecastedPlan, forecasted
from orderplan.engine.places import shipped
from orderplan.engine.plan import dump, to_document, without_secrets
from orderplan.engine.render import explain_call, render_html, render_plan
from orderplan.engine.render.fixtures import render_fixtures
from orderplan.engine.schema import stripe
from orderplan.engine.schema.stripe_check import validating_schema
from tests.builders.examples import EXAMPLES
from tests.plan.plans import ROOT, VERSION, document_of, plan_of, shared
from tests.properties.billed import billed
from tests.properties.orders import Sold, any_orders, shuffled, sold_orders

Document = dict[str, Any]
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


# --- exact ---


@given(sold_orders())
@settings(QUICK, max_examples=150)
def test_a_plan_bills_what_was_sold(order: Sold) -> None:
    """For every line, what Stripe will bill by the plan's parameters is what the line is worth, to the cent."""
    document = document_of(order.bundle)
    assert document["diagnostics"] == []
    lines = [each["Id"] for each in order.bundle["records"]["OrderItem"]]
    assert billed(document) == dict(zip(lines, order.worth, strict=True))


@given(sold_orders())
@settings(QUICK, max_examples=40)
def test_a_plan_says_what_was_sold(order: Sold) -> None:
    """The list of what the lines are worth holds Salesforce's own totals."""
    sold = {each["order_item"]: each["total"] for each in document_of(order.bundle)["sold"]}
    for line, cents in zip(order.bundle["records"]["OrderItem"], order.worth, strict=True):
        assert float(sold[line["Id"]]) == cents / 100


# --- deterministic ---


_ELSEWHERE = """
import sys
from tests.builders.examples import EXAMPLES
from tests.plan.plans import document_of
from orderplan.engine.plan import dump
for name in EXAMPLES:
    sys.stdout.write(dump(document_of(EXAMPLES[name]()), one_line=True))
"""


def test_plans_are_the_same_bytes_in_every_process() -> None:
    """Every example, twice here and once in two processes whose hashes are seeded otherwise."""
    here = "".join(dump(document_of(EXAMPLES[name]()), one_line=True) for name in EXAMPLES)
    assert here == "".join(dump(document_of(EXAMPLES[name]()), one_line=True) for name in EXAMPLES)
    for seed in ("0", "4711"):
        there = subprocess.run(
            [sys.executable, "-c", _ELSEWHERE],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )
        assert there.stdout.decode() == here


def without_bundle(document: Document) -> str:
    """A plan's document but for the digest of the bundle's bytes."""
    return dump({**document, "inputs": {**document["inputs"], "bundle": None}})


@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 2**32))
@settings(QUICK, max_examples=60)
def test_the_order_of_records_and_fields_changes_nothing(name: str, seed: int) -> None:
    """A bundle pulled in another order gives the same plan, byte for byte, but for the digest of the bundle itself."""
    bundle = EXAMPLES[name]()
    assert without_bundle(document_of(shuffled(bundle, seed))) == without_bundle(document_of(bundle))


@given(st.permutations(range(12)))
@settings(QUICK, max_examples=12)
def test_the_order_of_rule_blocks_changes_no_call(turns: list[int]) -> None:
    """Blocks of a team's file may stand in any order: the calls, their parameters and their keys are the same."""
    for name in ("mixed-lines", "amendment-upsell", "coupons"):
        assert calls_of(EXAMPLES[name](), _team(turns)) == calls_of(EXAMPLES[name](), _team(list(range(12))))


def calls_of(bundle: Document, team: str) -> dict[str, Any]:
    """What each call of a plan does, by its id."""
    return {
        each.id: (each.method, each.path, each.params, each.depends_on, each.idempotency_key, each.store)
        for each in plan_of(bundle, team).calls
    }


BLOCKS = (
    'settings { default_currency = "eur" }',
    'lookup band : Account.Rating -> Text {\n "Hot" => "a"\n else => "b"\n }',
    "part mark { metadata.mark = contract.order.OrderNumber }",
    "part place { metadata.place = contract.account.BillingCity }",
    'override customer { use mark\n metadata.band = band(account.Rating)  default "c" }',
    "override subscription_schedule { use mark\n use place }",
    "override product { metadata.code = product.ProductCode }",
    "override price { nickname = price.product.Name }",
    "override read line { set skip = item.Skip_Line_Item__c or item.UnitPrice < 0 }",
    'sync Order as order when order.Status in ["Activated"]',
    'map tax_rate from contract { display_name = "VAT"\n inclusive = false\n percentage = 20\n }',
    'map product update from contract.account as account on "prod_1" { metadata.name = account.Name }',
)


def _team(turns: list[int]) -> str:
    return "\n".join(BLOCKS[at] for at in turns)


def test_the_order_of_shipped_rule_blocks_changes_no_call(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped rules themselves, read from the last block to the first, ask for the same calls."""
    from orderplan.engine.plan import make_plan
    from orderplan.engine.program import Program
    from orderplan.engine.validate import check_file
    from tests.plan.plans import loaded, program

    head, *blocks = _blocks(shipped("rules", "cpq.rules").read_text(encoding="utf-8"))
    (tmp_path / "turned.rules").write_text("\n\n".join([head, *reversed(blocks)]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    checked = check_file("turned.rules")
    assert checked.rules is not None, checked.findings
    turned = Program(checked.rules)
    for build in EXAMPLES.values():
        bundle = loaded(build())
        one, other = (make_plan(bundle, each, stripe.load(VERSION)) for each in (program(), turned))
        assert {each.id: (each.params, each.idempotency_key) for each in one.calls} == {
            each.id: (each.params, each.idempotency_key) for each in other.calls
        }


def _blocks(text: str) -> list[str]:
    """The header of a rule file, and its top-level blocks with what stands above them."""
    out, depth = [""], 0
    for line in text.splitlines():
        opens = depth == 0 and line.partition(" ")[0] in ("settings", "sync", "lookup", "read", "map", "part")
        if opens:
            out.append("")
        out[-1] += line + "\n"
        code = line.partition("#")[0]
        depth += code.count("{") - code.count("}")
    return out


# --- silent ---

MARKS = """override product { set name = product.Name  sensitive }
override customer {
  metadata.a = account.Site  sensitive
  metadata.b = t"<{account.Site}>"
  email = account.PersonEmail
  warn TST-101 t"{account.Site} {account.PersonEmail}"
  fail TST-102 t"{account.Site}"  when account.Fax == "fail"
  metadata.c = text(number(account.Site))  when account.Fax == "number"
}
override subscription_schedule {
  metadata.d = contract.account.Site
  each phases { each items { metadata.e = upper(contract.account.Site) } }
}"""

letters = st.text("abcdefghijklmnopqrstuvwxyz0123456789 -'\"\\/<>&é漢", min_size=1, max_size=40)


@given(letters, letters, st.sampled_from([None, "fail", "number"]))
@settings(QUICK, max_examples=60)
def test_no_marked_value_is_in_any_output(site: str, mail: str, fax: str | None) -> None:
    """Neither as it is nor as JSON, HTML or Python would write it: documents, text views, explanations, findings."""
    site, mail = f"~S{site}S~", f"~M{mail}M~"
    bundle = EXAMPLES["mixed-lines"]()
    bundle["records"]["Account"][0] |= {"Site": site, "PersonEmail": mail, "Fax": fax}
    for product in bundle["records"]["Product2"]:
        product["Name"] = f"~P{site}P~"
    plan = plan_of(bundle, MARKS)
    document = to_document(plan)
    saved = json.loads(dump(to_document(plan, reveal=True)))
    hidden = without_secrets(plan)
    alone, whole = ForecastedPlan(hidden, None), forecasted(hidden)
    written = [
        dump(document),
        dump(shared(saved)),
        render_plan(alone),
        render_plan(alone, colour=True, width=60),
        dump(whole.to_document()),
        render_plan(whole),
        render_html(whole),
        str(render_fixtures(whole, "plan.json")),
        *(str(explain_call(hidden, each.id, "plan.json")) for each in hidden.calls),
        *(str(explain_call(hidden, f"{each.id}/metadata", "plan.json")) for each in hidden.calls),
        repr(plan.diagnostics),
    ]
    for secret in (site, mail, site.upper(), f"~P{site}P~"):
        for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret)):
            assert not [each for each in written if form in each]
    assert json.dumps(saved, ensure_ascii=False).count("~S") >= 2


@given(st.sampled_from(["a", "Marlow", "1", "e", "USD", "0", "month"]))
@settings(QUICK, max_examples=7)
def test_a_marked_value_that_is_part_of_others_changes_only_its_own_place(site: str) -> None:
    """Every other parameter is the same as for a secret that occurs nowhere else."""
    documents = []
    for value in (site, "~nowhere~"):
        bundle = EXAMPLES["mixed-lines"]()
        bundle["records"]["Account"][0] |= {"Site": value}
        documents.append(document_of(bundle, "override customer { metadata.a = account.Site  sensitive }"))
    one, other = ([each["params"] for each in document["calls"]] for document in documents)
    assert set(one[0]["metadata"].pop("a")) == set(other[0]["metadata"].pop("a")) == {"$sensitive"}
    assert one == other


# --- well-formed ---


@cache
def _validator(resource: str, action: str) -> jsonschema.Draft202012Validator:
    """The Stripe schema of an operation, through another validator than the one that plans use."""
    return jsonschema.Draft202012Validator(validating_schema(stripe.load(VERSION).document(resource), action))


def sent(value: Any) -> Any:
    """Parameters as they go to Stripe once references are known."""
    if isinstance(value, dict):
        if "$ref" in value:
            return "id_known" if value["$ref"]["field"] == "id" else 1_800_000_000
        return {name: sent(each) for name, each in value.items()}
    return [sent(each) for each in value] if isinstance(value, list) else value


def assert_well_formed(document: Document) -> None:
    """The document is what its schema says, and every call is what Stripe takes."""
    schema = json.loads(shipped("schemas", "plan.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
    for call in document["calls"]:
        faults = [
            each.message for each in _validator(call["resource"], call["action"]).iter_errors(sent(call["params"]))
        ]
        assert (call["id"], faults) == (call["id"], [])
    known = {each["id"] for each in document["calls"]}
    assert {needed for each in document["calls"] for needed in each["depends_on"]} <= known


@pytest.mark.parametrize("name", EXAMPLES)
def test_plans_of_examples_are_well_formed(name: str) -> None:
    """Every shipped example gives a plan without an error, fit for Stripe's schema."""
    document = document_of(EXAMPLES[name]())
    assert document["applyable"]
    assert_well_formed(document)


@given(any_orders())
@settings(QUICK, max_examples=60)
def test_plans_of_any_order_are_well_formed_or_say_what_is_wrong(bundle: Document) -> None:
    """Odd texts either pass as they are or are named; the document is well-formed either way."""
    plan = plan_of(bundle)
    document = json.loads(dump(to_document(plan)))
    if plan.applyable:
        assert_well_formed(document)
    else:
        assert {each.code for each in plan.diagnostics if each.is_error} <= {"E702"}


@given(sold_orders())
@settings(QUICK, max_examples=25)
def test_plans_of_sold_orders_are_well_formed(order: Sold) -> None:
    """Whatever the term, the cycle and the start."""
    assert_well_formed(document_of(order.bundle))
