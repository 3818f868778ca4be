"""The page of a plan: everything the document says, escaped, the same bytes every time, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from orderplan.engine.forecast import ForecastedPlan
from orderplan.engine.parameters import Ref, values
from orderplan.engine.plan import dump
from orderplan.engine.plan.spelling import decoded
from orderplan.engine.render import RuleText, render_html
from orderplan.engine.render.html_calls import anchors
from tests.builders import an_order, seat
from tests.builders.examples import EXAMPLES
from tests.plan.plans import Document, document_of, plan_of, seen

HOSTILE = "\"><script>alert(1)</script>' onload='x"
MARKED = "override customer {\n  email = account.Description  sensitive\n}"
HIDDEN = "vera.nightingale@example.org"


class Page(HTMLParser):
    """The elements and texts of a page, as a browser would take them apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def planned(bundle: Document, team: str = "") -> Document:
    return seen(document_of(bundle, team)).to_document()


def seen_of(bundle: Document) -> ForecastedPlan:
    return seen(planned(bundle))


@pytest.fixture(scope="module")
def upsell() -> Document:
    return planned(EXAMPLES["amendment-upsell"]())


def test_every_call_parameter_and_value_is_on_the_page(upsell: Document) -> None:
    """What the plan sends can be read, whatever is folded."""
    text = Page(render_html(seen(upsell))).text
    for call in upsell["calls"]:
        assert call["id"] in text
        assert call["idempotency_key"] in text
        for value in values(decoded(call["params"])):
            shown = (
                value.call if isinstance(value, Ref) else json.dumps(value) if isinstance(value, bool) else str(value)
            )
            assert " ".join(shown.split()) in text


def test_provenance_names_rule_source_and_formula(upsell: Document) -> None:
    """A figure can be followed to the record and the rule."""
    text = Page(render_html(seen(upsell))).text
    for call in upsell["calls"]:
        for trail in call["provenance"].values():
            assert trail["rule"] in text
            assert trail.get("formula", "") in text
            assert all(each in text for each in trail.get("source", "").split(", "))


def test_what_is_left_out_is_there_with_its_reason(upsell: Document) -> None:
    """Parameters that a rule could have written are folded below the others."""
    text = Page(render_html(seen(upsell))).text
    reasons = {
        each["why"] for call in upsell["calls"] for found in call.get("alternatives", {}).values() for each in found
    }
    assert reasons
    assert all(" ".join(each.split()) in text for each in reasons)


def test_the_rules_text_stands_beside_their_positions(upsell: Document) -> None:
    """Where the rule files are still those of the plan, the page quotes them."""
    quoted = "unit_amount_decimal = minor_units(price.amount)"
    assert quoted in Page(render_html(seen(upsell), RuleText.of(seen(upsell).plan))).text
    assert quoted not in Page(render_html(seen(upsell))).text


def test_the_head_says_who_what_and_how_much(upsell: Document) -> None:
    """Customer, contract, figures and the verdict come first."""
    text = Page(render_html(seen(upsell))).text
    for words in (
        "Greyfriars Press",
        "Renewable contract, 1 Mar 2026 to 28 Feb 2027",
        "with amendment 00001302",
        "17,250.00 USD",
        "✓ Reconciled",
        "Can be applied",
        upsell["digest"],
        "20 Aug 2026, 14:00 UTC",
    ):
        assert words in text


def test_write_backs_are_listed(upsell: Document) -> None:
    """What goes back to Salesforce is part of what is agreed to."""
    text = Page(render_html(seen(upsell))).text
    for call in upsell["calls"]:
        for store in call["store"]:
            assert f"{store['object']}({store['id']}).{store['field']}" in text


def test_references_link_to_their_calls(upsell: Document) -> None:
    """Each reference is a link, and each link has a place that exists once."""
    page = Page(render_html(seen(upsell)))
    places = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    links = [str(each["href"]) for each in page.all("a")]
    assert len(places) == len(set(places))
    assert all(each.startswith("#") and each[1:] in places for each in links)
    assert f"#{anchors(seen(upsell).plan)['price/01uW00013000001IAA']}" in links


def test_calls_with_like_ids_have_their_own_places() -> None:
    """Signs that cannot stand in an address do not make two calls one."""
    plan = plan_of(an_order([seat("10.00", 2)]))
    calls = tuple(replace(plan.calls[0], id=each) for each in ("price/a.b", "price/a b", "price/a/b"))
    names = anchors(replace(plan, calls=calls))
    assert len(set(names.values())) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", each) for each in names.values())


def test_texts_of_records_cannot_write_html() -> None:
    """A name with markup and quotes is shown as it is, in texts, attributes, the drawing and the title."""
    plan = planned(an_order([seat("10.00", 2, name=HOSTILE)], account={"Name": HOSTILE, "Description": HOSTILE}))
    text = render_html(seen(plan))
    page = Page(text)
    assert HOSTILE in page.text
    assert len(page.all("script")) == 1
    assert "alert(1)</script>" not in text
    assert [attributes for _, attributes in page.elements if any(name.startswith("on") for name in attributes)] == []


def test_texts_of_diagnostics_are_escaped() -> None:
    """A message repeats what a record holds."""
    plan = planned(an_order([seat("10.00", 2)]))
    plan["diagnostics"] = [
        {"code": "E702", "severity": "error", "message": HOSTILE, "notes": [HOSTILE], "fix": HOSTILE, "record": HOSTILE}
    ]
    page = Page(render_html(seen(plan)))
    assert page.text.count(HOSTILE) == 4
    assert len(page.all("script")) == 1


def test_sensitive_values_stay_digests() -> None:
    """The page of a plan for everyone has the start of the digest in place of the value."""
    plan = planned(an_order([seat("10.00", 2)], account={"Description": HIDDEN}), MARKED)
    text = render_html(seen(plan))
    customer = next(each for each in plan["calls"] if each["resource"] == "customer")
    digest = customer["params"]["email"]["$sensitive"]
    assert HIDDEN not in text
    assert digest[-24:-16] in Page(text).text


def test_the_page_loads_nothing(upsell: Document) -> None:
    """No element points outside the file, and the page's policy would refuse it."""
    page = Page(render_html(seen(upsell)))
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value)
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert str(policy).startswith("default-src 'none'")


def test_the_policy_allows_this_style_and_this_script_alone(upsell: Document) -> None:
    """Their digests stand in the policy, so that nothing that slips in could run."""
    text = render_html(seen(upsell))
    for tag in ("style", "script"):
        found = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in Page(text).all("meta")[1]["content"]  # type: ignore[operator]


def test_nothing_is_styled_in_place(upsell: Document) -> None:
    """The policy would drop it."""
    assert [attributes for _, attributes in Page(render_html(seen(upsell))).elements if "style" in attributes] == []


def test_the_same_plan_is_the_same_bytes() -> None:
    """Two runs of the whole pipeline give one page."""
    one, other = (render_html(seen_of(EXAMPLES["coupons"]())) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_has_a_page_with_its_invoices(name: str) -> None:
    """Each invoice's total and the forecast's sum are there."""
    plan = planned(EXAMPLES[name]())
    page = Page(render_html(seen(plan)))
    rows = [each for tag, each in page.elements if tag == "time"]
    assert [each["datetime"] for each in rows] == [each["date"] for each in plan["forecast"]["invoices"]]
    past = "past_totals" in plan["forecast"]
    assert ("From now on" if past else "Together") in page.text
    assert ("before this plan" in page.text) is past


def test_a_difference_is_told_with_both_figures_and_its_cause() -> None:
    """What is not reconciled says so in words, not by a colour."""
    plan = planned(
        an_order([seat("1200.00", 10, frequency="Annual")], term=9), "settings { prorate_short_terms = false }"
    )
    text = Page(render_html(seen(plan))).text
    assert "✕ Differs" in text
    assert "Not reconciled" in text
    for words in ("9,000.00 USD", "12,000.00 USD", "3,000.00 USD", "shorter than one billing cycle"):
        assert words in text


def test_a_plan_that_could_not_be_made_has_a_page_too() -> None:
    """Without calls, forecast or contract, the findings are what there is."""
    from orderplan.engine.diagnostics import finding
    from orderplan.engine.plan import failed_document

    plan = failed_document(
        (finding("E708", "this is no bundle", file="orders.json", fix="name a bundle"),), "orders.json", "0.1.0"
    )
    text = Page(render_html(seen(plan))).text
    for words in (
        "Cannot be applied: 1 error",
        "E708",
        "this is no bundle",
        "Try: name a bundle",
        "The plan makes no call",
    ):
        assert words in text


def test_reused_and_skipped_are_listed() -> None:
    """What the plan leaves alone is as much a part of it as what it does."""
    bundle = an_order(
        [seat("10.00", 2), seat("30.00", 1, name="Archive", fields={"Skip_Line_Item__c": True})],
        account={"Stripe_ID__c": "cus_Existing12345"},
    )
    text = Page(render_html(seen_of(bundle))).text
    assert "cus_Existing12345" in text
    assert "skipped OrderItem(" in text


def test_the_page_of_a_saved_plan_is_the_page_of_the_plan(upsell: Document) -> None:
    """Saving and reading changes the order of the parameters at most."""
    saved: dict[str, Any] = json.loads(dump(upsell))
    one, other = Page(render_html(seen(upsell))), Page(render_html(seen(saved)))
    assert sorted(one.words) == sorted(other.words)
