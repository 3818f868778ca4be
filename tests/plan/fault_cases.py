"""For every code of values, plans and files, input that gives it alone.

`golden/CODE.rules` are the rules of a case, where it needs some, and `golden/CODE.txt` is the whole text that it is
answered with. `python -m tests.plan.fault_cases` writes the texts anew, and the examples of the pages with them.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from orderplan.engine.diagnostics import CODES, Diagnostic, OrderplanError, finding, render_text
from orderplan.engine.plan import make_plan, read_document
from orderplan.engine.program import Program
from orderplan.engine.records import read_bundle
from orderplan.engine.render import explain_call
from orderplan.engine.schema import stripe
from orderplan.engine.schema.salesforce import load_catalogue
from orderplan.engine.validate import check_file
from tests.builders import amend, an_order, change, coupon, evergreen, patched, seat
from tests.builders.bindings import bindings
from tests.cli.commands import ANNUAL, ROOT, invoked
from tests.plan.plans import VERSION, Document, catalogue, document_of, plan_in, program

FOLDER = Path(__file__).with_name("golden")
PAGES = ROOT / "docs" / "errors"
SAID = re.compile(r"(?<=```text\n).*?(?=```)", re.DOTALL)
SHIPPED = re.compile(r"(?<=rules/cpq\.rules:)\d+:\d+")
"""A place in the shipped rules, which moves whenever they grow; the texts have an ellipsis for it."""
ORDER = an_order([seat("120.00")], account={"Site": None, "Fax": None})

OURS = [
    code
    for code in CODES
    if (code[1] in "67" and (code[1:3] != "72" or code in ("E727", "E728", "E729")))
    or code in ("E901", "E902", "E903", "E904", "E905")
]
"""The codes that are triggered here; those of comparing plans, of fixtures and of the command line are in other tests."""

WITH = {"W716": {"W502"}}
"""Codes that come with others: where the value that a rule could not make is one that Stripe or the model needs."""

SHORTENED = ("E611", "E612", "E613", "E902", "E903", "E904")
"""Codes whose pages show the message by another example."""


def account(**fields: Any) -> Document:
    """An order of an account with these fields."""
    return an_order([seat("120.00")], account=fields)


def changed_schedule() -> Document:
    """An amendment of a schedule to which somebody has added a trial and an item."""
    bundle = amend(an_order([seat("120.00")]), "2026-09-01", lines=[change("Workspace seat", 3)])
    order, line = bundle["records"]["Order"][0], bundle["records"]["OrderItem"][0]
    order["Stripe_ID__c"] = "sub_sched_1"
    own = {"price": "price_seat", "quantity": 1, "metadata": {"salesforce_order_item_id": line["Id"]}}
    phase = {
        "start_date": 1772323200,
        "end_date": 1803859200,
        "items": [own, {"price": "price_added", "quantity": 2}],
        "trial_end": 1775001600,
        "metadata": {"salesforce_order_id": order["Id"]},
    }
    state = {"id": "sub_sched_1", "status": "active", "phases": [phase]}
    return bundle | {"stripe": {"subscription_schedule": [state]}}


def before_the_integration() -> Document:
    """An amendment of an order that is in Stripe already, and that is older than the rules take."""
    order = an_order([seat("120.00")], order={"ActivatedDate": "2026-02-10T08:00:00.000+0000"})
    bundle = amend(order, "2026-09-01", lines=[change("Workspace seat", 7)])
    return patched(bundle, "Order", 0, Stripe_ID__c="sub_sched_1")


def two_currencies() -> Document:
    """Two orders of one account, in dollars and in euros."""
    first, second = an_order([seat("120.00")]), an_order([seat("110.00")], currency="EUR", number=2)
    account = first["records"]["Account"][0]["Id"]
    for rows in second["records"].values():
        for row in rows:
            for name in ("AccountId", "SBQQ__Account__c"):
                if name in row:
                    row[name] = account
    records = {name: [*first["records"].get(name, ()), *rows] for name, rows in second["records"].items()}
    records["Account"] = first["records"]["Account"]
    return first | {"records": records, "order_ids": [*first["order_ids"], *second["order_ids"]]}


def kept(bundle: Document, wanted: Callable[[str, Any], bool]) -> Document:
    """The bundle with those fields of its records that are wanted."""
    records = {
        name: [{field: value for field, value in each.items() if wanted(field, value)} for each in rows]
        for name, rows in bundle["records"].items()
    }
    return bundle | {"records": records}


def described(text: str) -> Document:
    """An order whose line has a description."""
    return patched(ORDER, "OrderItem", 0, Description=text)


def known(object_name: str, resource: str, **state: Any) -> Document:
    """An order with a record that carries the id of an object in Stripe, of which this is known."""
    return patched(ORDER, object_name, 0, Stripe_ID__c=state["id"]) | {"stripe": {resource: [state]}}


PRICE = {"id": "price_known", "unit_amount_decimal": "9900", "currency": "usd", "recurring": {"interval": "month"}}

BUNDLES: dict[str, Document] = {
    "E601": account(BillingCountry="US", NumberOfEmployees=12),
    "E602": described("1.5"),
    "E603": described("ten"),
    "E604": an_order([seat("120.00")], payment_terms="2/10 Net 30"),
    "E605": an_order([seat("120.00")], order={"Description": "120000"}),
    "E606": account(AnnualRevenue=1200000, NumberOfEmployees=0),
    "E607": an_order([seat("1000.00", product_term=36)], term=36),
    "E608": account(Rating="Lukewarm"),
    "E609": an_order([seat("120.00")], coupons=[coupon("Welcome", percent_off=10)]),
    "E610": ORDER,
    "E620": account(Site="nope"),
    "E611": account(Site="9" * 30 + "." + "9" * 30),
    "E612": ORDER,
    "E613": account(Site="Quiet Harbour"),
    "E701": an_order([seat("1200.00", frequency="Annual")], term=18),
    "E702": account(Phone="+1 503 555 0142 ext. 20417"),
    "E703": ORDER,
    "E704": ORDER,
    "E705": known("PricebookEntry", "price", **PRICE),
    "E706": known("Account", "customer", id="cus_gone", deleted=True),
    "E707": ORDER,
    "E711": an_order([evergreen()], as_of="2026-03-01T09:00:00Z"),
    "E727": an_order([evergreen()], as_of="2026-03-01T09:00:00Z"),
    "E728": ORDER,
    "E729": ORDER,
    "E712": known("Account", "customer", id="cus_euro", currency="eur"),
    "E713": known("Product2", "product", id="prod_old", active=False, name="Workspace seat"),
    "E714": two_currencies(),
    "E715": changed_schedule(),
    "N715": changed_schedule(),
    "W715": changed_schedule(),
    "W716": before_the_integration(),
    "W701": patched(ORDER, "Account", 0, Stripe_ID__c="sub_sched_1PaQ"),
    "W730": kept(ORDER, lambda name, _: name != "Phone"),
    "W731": kept(ORDER, lambda _, value: value is not None),
}
"""The bundles of the codes that a plan gives."""


def found_by_plan(code: str) -> list[Diagnostic]:
    """What the plan of a case's bundle says, by its own rules or else the shipped ones."""
    loaded = read_bundle(json.dumps(BUNDLES[code]).encode(), "order.json", catalogue(), bindings())
    assert loaded.bundle is not None, [each.message for each in loaded.findings]
    return list(make_plan(loaded.bundle, rules_of(code), stripe.load(VERSION), loaded.findings).diagnostics)


@cache
def rules_of(code: str) -> Program:
    """The program of a case."""
    if not (FOLDER / f"{code}.rules").exists():
        return program()
    with contextlib.chdir(FOLDER):
        checked = check_file(f"{code}.rules")
    assert checked.rules is not None, [render_text(each, checked.sources) for each in checked.findings]
    return Program(checked.rules)


def found_in_file(text: str) -> list[Diagnostic]:
    """What is said of a file that should be a saved plan."""
    return read_document(text, "plan.json")[1]


def saved(**changes: Any) -> str:
    """A saved plan with other members."""
    return json.dumps(document_of(ORDER) | changes)


def edited() -> str:
    """A saved plan whose first call someone changed."""
    document = document_of(ORDER)
    document["calls"][0]["params"]["name"] = "Somebody else"
    return json.dumps(document)


def refused(broken: Callable[[], object]) -> list[Diagnostic]:
    """What is said of an environment that does not serve."""
    try:
        broken()
    except OrderplanError as fault:
        return [finding(fault.code, fault.message, fix=fault.hint)]
    return []


@contextlib.contextmanager
def elsewhere(**files: str) -> Iterator[None]:
    """An empty folder to work in, with these files of JSON."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, text in files.items():
            Path(f"{name}.json").write_text(text, encoding="utf-8")
        yield


def said_by(*arguments: str) -> str:
    """What a command writes to standard error when it is stopped."""
    with elsewhere():
        done = invoked(*arguments)
    assert done.status == 2, done
    return done.err.removesuffix("\n")


def without_sdk() -> str:
    """What the generator of schemas says where the SDK is not installed."""
    with mock.patch.dict(sys.modules, stripe=None):
        return said_by("schema", "generate", "build")


def catalogue_without_objects() -> list[Diagnostic]:
    """What is said of a schema of Salesforce that describes nothing."""
    with elsewhere(acme='{"objects": []}'):
        return refused(lambda: load_catalogue(Path("acme.json")))


OTHERS: dict[str, Callable[[], list[Diagnostic] | str]] = {
    "E708": lambda: found_in_file(json.dumps(ORDER)),
    "E709": lambda: found_in_file(saved(format_version="2.0")),
    "E710": lambda: explain_call(
        plan_in(document_of(ORDER)), f"custmer/{ORDER['records']['Account'][0]['Id']}", "plan.json"
    )[1],
    "W702": lambda: found_in_file(edited()),
    "E901": lambda: said_by("plan", "order.json"),
    "E902": lambda: refused(lambda: stripe.load("2019-01-01")),
    "E903": catalogue_without_objects,
    "E904": without_sdk,
    "E905": lambda: said_by("plan", str(ROOT / ANNUAL), "--out", "plans/annual.json"),
}
"""What gives the codes that no plan gives."""


def rendered(code: str) -> str:
    """What the case of a code is answered with."""
    said = OTHERS[code]() if code in OTHERS else found_by_plan(code)
    text = said if isinstance(said, str) else "\n".join(render_text(each, {}) for each in said)
    return SHIPPED.sub("…", text)


def golden(code: str) -> Path:
    """The file that holds what the case of a code is answered with."""
    return FOLDER / f"{code}.txt"


def page(code: str) -> Path:
    """The page of a code."""
    return PAGES / f"{code}.md"


def _write() -> None:
    for code in OURS:
        said = rendered(code)
        golden(code).write_text(said, encoding="utf-8")
        if code not in SHORTENED:
            text = page(code).read_text(encoding="utf-8")
            page(code).write_text(SAID.sub(lambda _, said=said: said, text, count=1), encoding="utf-8")


if __name__ == "__main__":
    _write()
