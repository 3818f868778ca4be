"""What the tests of programs and plans share: team rules in a few lines, plans of built bundles, and what stands in them."""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from orderplan.engine.diagnostics import Diagnostic
from orderplan.engine.forecast import ForecastedPlan, forecasted
from orderplan.engine.parameters import Ref
from orderplan.engine.places import shipped
from orderplan.engine.plan import Call, Plan, Provenance, from_document, make_plan, to_document, without_secrets
from orderplan.engine.program import Program
from orderplan.engine.records import Bundle, read_bundle
from orderplan.engine.schema import stripe
from orderplan.engine.schema.salesforce import Catalogue, load_catalogue
from orderplan.engine.validate import check_file
from tests.builders.bindings import bindings

ROOT = shipped()
VERSION = "2026-10-28.endive"

Document = dict[str, Any]


@cache
def catalogue() -> Catalogue:
    """The shipped Salesforce catalogue."""
    return load_catalogue(shipped("schemas", "salesforce", "cpq.json"))


@cache
def program(team: str = "") -> Program:
    """The shipped rules, or a team's that extend them: `team` is what follows the `extend` line."""
    if not team:
        with contextlib.chdir(ROOT):
            return _checked("rules/cpq.rules")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("team.rules").write_text(f'rules "team" version 1\nextend "cpq.rules"\n{team}\n', encoding="utf-8")
        return _checked("team.rules")


def _checked(path: str) -> Program:
    checked = check_file(path)
    assert checked.rules is not None, [f"{each.code} {each.message} {each.span}" for each in checked.findings]
    return Program(checked.rules)


def loaded(bundle: Document, name: str = "bundle.json") -> Bundle:
    """The bundle as the loader gives it; it must be without errors."""
    result = read_bundle(json.dumps(bundle).encode(), name, catalogue(), bindings())
    assert result.bundle is not None, [each.message for each in result.findings]
    return result.bundle


def plan_of(bundle: Document, team: str = "") -> Plan:
    """The plan of a bundle by the shipped rules, or by a team's."""
    return make_plan(loaded(bundle), program(team), stripe.load(VERSION))


def clean_plan(bundle: Document, team: str = "") -> Plan:
    """The plan of a bundle in which nothing is wrong."""
    plan = plan_of(bundle, team)
    assert [each.message for each in plan.diagnostics if each.is_error] == []
    return plan


def document_of(bundle: Document, team: str = "", *, reveal: bool = False) -> Document:
    """The plan of a bundle as its JSON document, through text, as a reader gets it."""
    read: Document = json.loads(json.dumps(to_document(plan_of(bundle, team), reveal=reveal)))
    return read


def seen(document: Document, *, cycles: int | None = None, strict: bool | None = None) -> ForecastedPlan:
    """The plan of a document with its forecast, as the commands show it; calls written by hand need not be whole."""
    return forecasted(plan_in(document), cycles=cycles, strict=strict)


def with_forecast(document: Document, *, cycles: int | None = None, strict: bool | None = None) -> Document:
    """The document of a plan with its forecast."""
    return seen(document, cycles=cycles, strict=strict).to_document()


def plan_in(document: Document) -> Plan:
    """The plan of a document."""
    rest = {"method": "POST", "path": "/v1/objects", "depends_on": [], "idempotency_key": "op1-", "store": []}
    return from_document({**document, "calls": [{**rest, **each} for each in document["calls"]]})


def shared(document: Document) -> Document:
    """A saved plan's document without its secrets."""
    return to_document(without_secrets(plan_in(document)))


def ids(plan: Plan) -> list[str]:
    """The ids of the calls, in their order."""
    return [each.id for each in plan.calls]


def call(plan: Plan, wanted: str) -> Call:
    """The one call with this id, or of this resource and action (`price update`, `customer`)."""
    resource, _, action = wanted.partition(" ")
    found = [each for each in plan.calls if each.id == wanted]
    found = found or [each for each in plan.calls if (each.resource, each.action) == (resource, action or "create")]
    assert len(found) == 1, f"{wanted} among {ids(plan)}"
    return found[0]


def calls(plan: Plan, resource: str, action: str = "create") -> list[Call]:
    """All calls of a resource and action."""
    return [each for each in plan.calls if (each.resource, each.action) == (resource, action)]


def params(plan: Plan, wanted: str) -> Any:
    """The parameters of the one call; see `call`."""
    return call(plan, wanted).params


def phases(plan: Plan, wanted: str = "subscription_schedule") -> list[Document]:
    """The phases of the schedule."""
    found: list[Document] = params(plan, wanted)["phases"]
    return found


def target(value: Any) -> str:
    """The call that a reference points to."""
    assert isinstance(value, Ref), value
    return value.call


def told(found: Provenance) -> Document:
    """What a plan says of the origin of a parameter: as its document does, without what does not apply."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(found).items() if value}


def price_of(plan: Plan, item: Document) -> Any:
    """The parameters of the price that an item refers to."""
    return params(plan, target(item["price"]))


def amount(plan: Plan, item: Document) -> str:
    """The amount of the price that an item refers to, in minor units."""
    return str(price_of(plan, item)["unit_amount_decimal"])


def codes(plan: Plan) -> list[str]:
    """The codes of everything that was found."""
    return [each.code for each in plan.diagnostics]


def found(plan: Plan, code: str) -> Diagnostic:
    """The one finding with a code."""
    those = [each for each in plan.diagnostics if each.code == code]
    assert len(those) == 1, codes(plan)
    return those[0]


def record_of(bundle: Document, object_name: str, at: int = 0) -> Document:
    """A record of a bundle."""
    record: Document = bundle["records"][object_name][at]
    return record


def record_id_of(bundle: Document, object_name: str, at: int = 0) -> str:
    """The id of a record of a bundle."""
    return str(record_of(bundle, object_name, at)["Id"])
