"""Sensitive values: what is marked, what that spreads to, and what stands in their place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orderplan.engine.plan import dump, to_document
from orderplan.engine.plan.secrets import KEY_VARIABLE
from orderplan.engine.render import render_plan
from tests.builders import an_order, coupon, patched, seat
from tests.plan.plans import call, calls, codes, document_of, found, params, plan_of, seen, shared

HIDDEN = "Hidden-7291"
MARKED = "override customer { metadata.site = account.Site  sensitive }"


def an_order_with(**account: Any) -> dict[str, Any]:
    """An order whose account has these fields."""
    return an_order([seat()], account=account)


def outputs(bundle: dict[str, Any], team: str) -> str:
    """Everything that a plan says without being asked for secrets, in one text."""
    plan = plan_of(bundle, team)
    document = to_document(plan)
    saved = json.loads(dump(to_document(plan, reveal=True)))
    return "\n".join([dump(document), render_plan(seen(document)), dump(shared(saved)), repr(plan.diagnostics)])


def shown(bundle: dict[str, Any], team: str, pointer: str) -> Any:
    """The value at a pointer of the customer's parameters, as the document shows it."""
    value: Any = next(each for each in document_of(bundle, team)["calls"] if each["resource"] == "customer")["params"]
    for step in pointer.split("/")[1:]:
        value = value[step]
    return value


def test_a_marked_parameter_is_a_digest() -> None:
    """The pointer is listed, the value is not there."""
    bundle = an_order_with(Site=HIDDEN)
    assert HIDDEN not in outputs(bundle, MARKED)
    assert shown(bundle, MARKED, "/metadata/site")["$sensitive"].startswith("hmac-sha256:")
    assert call(plan_of(bundle, MARKED), "customer").sensitive == ("/metadata/site",)


def test_a_field_that_the_schema_marks_is_sensitive_without_a_word() -> None:
    """An e-mail address of a person account."""
    team = "override customer { email = account.PersonEmail }"
    assert HIDDEN not in outputs(an_order_with(PersonEmail=HIDDEN), team)


SPREADS = {
    "in another resource": "override subscription_schedule { metadata.where = contract.account.Site }",
    "in a template": 'override customer { metadata.where = t"at {account.Site}." }',
    "through functions": "override customer { metadata.where = truncate(upper(account.Site), 40) }",
    "as a fallback": "override customer { metadata.where = first(account.Fax, account.Site) }",
    "as a choice": 'override customer { metadata.where = if(account.Site is set, account.Site, "nowhere") }',
    "in a list": "override customer { preferred_locales = [account.Site] }",
    "in a fault": "override customer { metadata.where = text(number(account.Site)) }",
    "in a condition's fault": 'override customer { metadata.where = "x"  when number(account.Site) > 3 }',
    "in a warning": 'override customer { warn TST-101 t"customer at {account.Site}" }',
    "in a failure": 'override customer { fail TST-101 t"customer at {account.Site}" }',
    "in a required value's words": 'override customer { metadata.where = account.Fax  required t"{account.Site} has no fax" }',
    "in what Stripe would refuse": "override customer { email = account.Site\n set phone = account.Site }",
    "as a key": """map tax_rate from contract.account as account key first(account.Site, "x") {
        display_name = "x"\n inclusive = false\n percentage = 3\n }""",
    "as a key that others refer to": """map tax_rate from contract.account as account key first(account.Site, "x") {
        display_name = "x"\n inclusive = false\n percentage = 3\n }
        override subscription_schedule { each phases { default_tax_rates = [ref(tax_rate, contract.account)] } }""",
    "as the object of a call": 'map customer update from contract.account as account on first(account.Site, "x") { name = "x" }',
}


@pytest.mark.parametrize("team", SPREADS.values(), ids=SPREADS)
def test_a_marked_field_is_sensitive_wherever_it_is_used(team: str) -> None:
    """One `sensitive` covers every other use of the field, also in messages and ids of calls."""
    bundle = an_order_with(Site=HIDDEN)
    assert HIDDEN in outputs(bundle, team) or HIDDEN.upper() in outputs(bundle, team)
    told = outputs(bundle, f"{MARKED}\n{team}")
    assert HIDDEN not in told
    assert HIDDEN.upper() not in told


TOLD = {
    "a picklist": ({"Rating": "Lukewarm"}, "Lukewarm", "account.Rating  sensitive", 'account.Rating == "Hot"'),
    "a number": (
        {"NumberOfEmployees": 7291},
        "7291",
        "text(account.NumberOfEmployees)  sensitive",
        "account.NumberOfEmployees > 9000",
    ),
    "a date": (
        {"PersonBirthdate": "1972-09-11"},
        "1972-09-11",
        "text(account.PersonBirthdate)  sensitive",
        'account.PersonBirthdate < date("1970-01-01")',
    ),
}


@pytest.mark.parametrize(("fields", "value", "mark", "condition"), TOLD.values(), ids=TOLD)
def test_why_a_rule_did_not_apply_tells_no_marked_value(
    fields: dict[str, Any], value: str, mark: str, condition: str
) -> None:
    """What a rule would have done otherwise is explained with the values it looked at, but for marked ones."""
    rule = f'metadata.large = "yes"  when {condition}'
    bundle = an_order_with(**fields)
    assert value in outputs(bundle, f"override customer {{ {rule} }}")
    assert value not in outputs(bundle, f"override customer {{ metadata.mark = {mark}\n {rule} }}")


def test_a_message_says_that_something_is_hidden() -> None:
    """A reader sees where the value would stand."""
    plan = plan_of(
        an_order_with(Site=HIDDEN),
        f'{MARKED}\noverride product {{ warn TST-101 t"sold at {{contract.account.Site}}" }}',
    )
    assert found(plan, "TST-101").message == "sold at (sensitive)"


def test_a_marked_name_is_no_title() -> None:
    """Text views call a customer by its name, unless the name is marked."""
    bundle = an_order_with(Name=HIDDEN)
    assert HIDDEN in outputs(bundle, "")
    assert HIDDEN not in outputs(bundle, "override customer { set name = account.Name  sensitive }")


def test_a_marked_field_that_holds_no_id_is_not_quoted() -> None:
    """W701 quotes what stands in an id field, unless it is marked."""
    bundle = an_order([seat()], order={"Stripe_ID__c": HIDDEN})
    assert HIDDEN in outputs(bundle, "")
    marked = "override subscription_schedule { metadata.old = contract.order.Stripe_ID__c  sensitive }"
    assert HIDDEN not in outputs(bundle, marked)


def test_a_reused_object_shows_no_marked_value() -> None:
    """What the records say of a coupon that exists leaves marked parameters out."""
    bundle = an_order([seat()], coupons=[coupon(HIDDEN, percent_off=5)])
    bundle = patched(bundle, "Order_Stripe_Coupon__c", 0, Stripe_ID__c="made_before")
    plan = plan_of(bundle, "override coupon { set name = coupon.coupon.Name__c  sensitive }")
    (reused,) = [each for each in plan.reused if each.resource == "coupon"]
    assert reused.expected == {"duration": "once", "percent_off": "5"}


def test_a_term_is_never_made_of_a_marked_field() -> None:
    """E613: figures of the contract model stand all over a plan, so a marked field is refused there."""
    bundle = an_order([seat()], coupons=[coupon(HIDDEN, percent_off=5)])
    team = "override read coupon from Order_Stripe_Coupon__c { set name = coupon.Name__c  sensitive }"
    assert found(plan_of(bundle, team), "E613").message == (
        "the term `name` is made of Name__c, which is sensitive, and plans show it"
    )
    assert HIDDEN not in repr(to_document(plan_of(bundle, team))["calls"])


def test_a_key_is_never_made_of_a_marked_field() -> None:
    """E613: the id of a call is shown everywhere, so the call is not planned."""
    plan = plan_of(an_order_with(Site=HIDDEN), f"{MARKED}\n{SPREADS['as a key']}")
    assert codes(plan) == ["E613"]
    assert calls(plan, "tax_rate") == []


def test_a_field_has_one_digest_for_one_value_and_others_have_others() -> None:
    """A digest tells whether a field has changed, and nothing of other fields."""
    team = f"{MARKED}\noverride customer {{ metadata.again = account.Site\n metadata.other = account.Fax  sensitive }}"
    metadata = shown(an_order_with(Site=HIDDEN, Fax="555"), team, "/metadata")
    assert metadata["site"] != metadata["again"] != metadata["other"]
    again = shown(an_order_with(Site=HIDDEN, Fax="555"), team, "/metadata")
    assert again == metadata


def test_a_value_that_is_part_of_others_leaves_them_readable() -> None:
    """Values are hidden where they are assigned, not wherever their letters occur."""
    bundle = an_order_with(Site="a", Name="Banana Cargo")
    assert shown(bundle, MARKED, "/metadata/site") == {
        "$sensitive": shown(bundle, MARKED, "/metadata/site")["$sensitive"]
    }
    assert shown(bundle, MARKED, "/name") == "Banana Cargo"


def test_without_a_key_the_digest_depends_on_the_whole_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who lacks the bundle can try values; so another bundle gives another digest for the same value."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    one, other = an_order_with(Site=HIDDEN), an_order_with(Site=HIDDEN, Fax="555")
    assert shown(one, MARKED, "/metadata/site") == shown(one, MARKED, "/metadata/site")
    assert shown(one, MARKED, "/metadata/site") != shown(other, MARKED, "/metadata/site")


def test_with_a_key_a_change_shows_from_plan_to_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans made with one key can be compared: the same value is the same digest, whatever else changed."""
    monkeypatch.setenv(KEY_VARIABLE, "a key of sixteen bytes")
    one, other = an_order_with(Site=HIDDEN), an_order_with(Site=HIDDEN, Fax="555")
    first = shown(one, MARKED, "/metadata/site")
    assert first == shown(other, MARKED, "/metadata/site")
    assert first != shown(an_order_with(Site="Other"), MARKED, "/metadata/site")
    monkeypatch.setenv(KEY_VARIABLE, "another key of sixteen bytes")
    assert first != shown(one, MARKED, "/metadata/site")


def test_the_revealed_document_has_the_values() -> None:
    """`--reveal` and a plan saved for apply."""
    document = document_of(an_order_with(Site=HIDDEN), MARKED, reveal=True)
    (customer,) = [each for each in document["calls"] if each["resource"] == "customer"]
    assert customer["params"]["metadata"]["site"] == HIDDEN
    assert customer["sensitive"] == ["/metadata/site"]


def test_a_marked_value_is_in_the_parameters_that_apply_sends() -> None:
    """Redaction is a matter of documents; the plan itself is whole."""
    assert params(plan_of(an_order_with(Site=HIDDEN), MARKED), "customer")["metadata"]["site"] == HIDDEN


def test_an_idempotency_key_holds_no_value() -> None:
    """Keys are digests of a fixed length."""
    plan = plan_of(an_order_with(Site=HIDDEN), MARKED)
    assert {len(each.idempotency_key) for each in plan.calls} == {44}
    assert all(each.idempotency_key.startswith("op1-") for each in plan.calls)
