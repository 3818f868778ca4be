"""The plan as a document: keys, digest, saved plans, versions, damage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import jsonschema
import pytest

from orderplan.engine.diagnostics import OrderplanError
from orderplan.engine.places import shipped
from orderplan.engine.plan import dump, failed_document, read_document, to_document
from tests.builders import an_order, patched, seat, setup_fee
from tests.plan.plans import ROOT, Document, call, calls, clean_plan, codes, document_of, ids, plan_of, shared

ORDER = an_order([seat("120.00", 2), setup_fee("500.00")])
SITE = "override customer { metadata.site = account.Site  sensitive }"
WITH_SITE = an_order([seat("120.00", 2)], account={"Site": "Quiet Harbour"})


def keys(bundle: Document, team: str = "") -> dict[str, str]:
    """The idempotency key of each call."""
    return {each.id: each.idempotency_key for each in plan_of(bundle, team).calls}


def changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """The resources of the calls whose keys differ; both plans have the same calls."""
    assert one.keys() == other.keys()
    return {name.partition("/")[0] for name in one if one[name] != other[name]}


def digest(bundle: Document, team: str = "") -> str:
    """The digest of a plan."""
    return str(document_of(bundle, team)["digest"])


# --- idempotency keys ---


def test_a_comment_mints_no_second_object() -> None:
    """A key is not made of the rule file's text: comments, blank lines and moved rules leave it alone."""
    plain = "override customer { metadata.a = account.Name }"
    edited = "# why\n\n\noverride customer {\n  # the name\n  metadata.a = account.Name  # again\n}\n"
    assert keys(ORDER, plain) == keys(ORDER, edited)
    assert digest(ORDER, plain) == digest(ORDER, edited)


def test_another_parameter_is_another_key() -> None:
    """Only the call that changed gets another key; those that refer to it keep theirs."""
    assert changed(keys(ORDER), keys(ORDER, "override customer { metadata.a = account.Name }")) == {"customer"}


def test_another_account_is_another_key() -> None:
    """The same order in two Stripe accounts makes two sets of objects."""
    one, other = ({"stripe_account": {"id": each, "livemode": False}} for each in ("acct_1", "acct_2"))
    everything = {"customer", "product", "price", "subscription_schedule"}
    assert changed(keys(ORDER | one), keys(ORDER | other)) == everything


def test_live_mode_and_test_mode_have_keys_of_their_own() -> None:
    """What was tried out in test mode is not taken for made in live mode."""
    one, other = ({"stripe_account": {"id": "acct_1", "livemode": each}} for each in (True, False))
    assert changed(keys(ORDER | one), keys(ORDER | other)) == {"customer", "product", "price", "subscription_schedule"}


def test_another_contract_is_another_key() -> None:
    """What a contract has for itself has a key of its own, though all else is the same."""
    team = 'map product update from contract on "prod_1" { metadata.seen = "yes" }'
    other = json.loads(json.dumps(ORDER).replace(ORDER["order_ids"][0], "801W00001000099IAA"))
    mine, theirs = (call(plan_of(each, team), "product update").idempotency_key for each in (ORDER, other))
    assert mine != theirs


def test_what_contracts_share_has_one_key() -> None:
    """Two orders planned apart ask for the same customer, product and price, so that Stripe makes each once."""
    other = json.loads(json.dumps(ORDER).replace(ORDER["order_ids"][0], "801W00001000099IAA"))
    mine, theirs = keys(ORDER), keys(other)
    assert {name.partition("/")[0] for name in mine.keys() & theirs.keys()} == {"customer", "product", "price"}
    assert all(mine[name] == theirs[name] for name in mine.keys() & theirs.keys())


def test_a_plan_made_again_halfway_keeps_the_keys_of_what_is_left() -> None:
    """When the customer is made and its id stored, the other calls have the keys that they had."""
    again = keys(patched(ORDER, "Account", 0, Stripe_ID__c="cus_made"))
    assert again == {name: key for name, key in keys(ORDER).items() if not name.startswith("customer/")}


def test_no_key_is_made_of_a_sensitive_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is printed and could be guessed, so a marked value counts only under the key of the environment."""
    other = patched(WITH_SITE, "Account", 0, Site="Loud Harbour")
    monkeypatch.delenv("ORDERPLAN_REDACTION_KEY", raising=False)
    assert keys(WITH_SITE, SITE) == keys(other, SITE)
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", "a key of sixteen bytes")
    assert changed(keys(WITH_SITE, SITE), keys(other, SITE)) == {"customer"}


def test_a_short_redaction_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be found by trying."""
    for key in ("k", "fifteen bytes!!"):
        monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", key)
        with pytest.raises(OrderplanError) as fault:
            keys(WITH_SITE, SITE)
        assert fault.value.code == "E910"


def test_equal_values_of_two_fields_have_two_digests() -> None:
    """That the telephone number is the name would show otherwise; the same field of two plans has one digest."""
    team = "override customer { set description = account.Site  sensitive\n set phone = account.Site  sensitive }"
    document = document_of(WITH_SITE, team)
    shown = next(each["params"] for each in document["calls"] if each["resource"] == "customer")
    assert shown["description"]["$sensitive"] != shown["phone"]["$sensitive"]
    again = next(each["params"] for each in document_of(WITH_SITE, team)["calls"] if each["resource"] == "customer")
    assert again == shown


def test_the_hash_of_a_bundle_is_keyed_where_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain one lets somebody who has all but one value test guesses of it."""
    monkeypatch.delenv("ORDERPLAN_REDACTION_KEY", raising=False)
    plain = document_of(ORDER)["inputs"]["bundle"]
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", "a key of sixteen bytes")
    keyed = document_of(ORDER)["inputs"]["bundle"]
    assert (sorted(plain), sorted(keyed)) == (["path", "sha256"], ["hmac_sha256", "key", "path"])
    assert plain["sha256"] != keyed["hmac_sha256"]


def test_the_moment_of_planning_is_in_no_key() -> None:
    """A plan made an hour later asks for the same calls with the same keys."""
    later = an_order([seat("120.00", 2), setup_fee("500.00")], as_of="2026-02-16T10:00:00Z")
    assert keys(ORDER) == keys(later)


def test_keys_tell_calls_apart() -> None:
    """No two calls share a key, and Stripe takes at most 255 characters."""
    found = list(keys(an_order([seat(), seat(), seat(name="Other", quoted_price="99.00")])).values())
    assert len(set(found)) == len(found)
    assert max(map(len, found)) <= 255


# --- digest ---


def test_the_digest_covers_the_calls() -> None:
    """An amount more or less shows."""
    assert digest(ORDER) != digest(patched(ORDER, "OrderItem", 0, Quantity=3.0, TotalPrice=4320.0))


def test_the_digest_covers_the_calls_only() -> None:
    """Findings, inputs and provenance may differ for the same calls."""
    warned = 'override customer { warn TST-101 "look" }'
    assert digest(ORDER) == digest(ORDER, warned)


def test_the_digest_sees_a_change_of_a_sensitive_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one redaction key for both plans, another value is another digest."""
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", "a key of sixteen bytes")
    assert digest(WITH_SITE, SITE) != digest(patched(WITH_SITE, "Account", 0, Site="Loud Harbour"), SITE)
    assert digest(WITH_SITE, SITE) == digest(patched(WITH_SITE, "Account", 0, Fax="555"), SITE)


# --- reading ---


def read(document: Any) -> tuple[Document | None, list[str]]:
    """What reading a saved plan gives: the document and the codes of what was found."""
    found, faults = read_document(document if isinstance(document, str) else json.dumps(document), "plan.json")
    return found, [each.code for each in faults]


@pytest.mark.parametrize("reveal", [True, False])
def test_a_saved_plan_reads_back(*, reveal: bool) -> None:
    """Both the shared and the private document are intact when they come back."""
    document = document_of(WITH_SITE, SITE, reveal=reveal)
    assert read(dump(document)) == (document, [])


def test_a_saved_plan_is_shown_redacted_as_it_would_have_been() -> None:
    """The private document without its secrets is the shared one."""
    saved = document_of(WITH_SITE, SITE, reveal=True)
    assert dump(shared(saved)) == dump(document_of(WITH_SITE, SITE))


EDITS: dict[str, Any] = {
    "an amount": lambda plan: plan["calls"][2]["params"].update(unit_amount_decimal="1"),
    "a path": lambda plan: plan["calls"][0].update(path="/v1/charges"),
    "a method": lambda plan: plan["calls"][0].update(method="DELETE"),
    "a key": lambda plan: plan["calls"][0].update(idempotency_key="op1-other"),
    "a need": lambda plan: plan["calls"][-1].update(depends_on=[]),
    "a write-back": lambda plan: plan["calls"][0]["store"][0].update(field="Site"),
    "a call less": lambda plan: plan["calls"].pop(),
    "another order": lambda plan: plan["calls"].reverse(),
}


@pytest.mark.parametrize("reveal", [True, False])
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_plan_is_noticed(edit: Any, *, reveal: bool) -> None:
    """W702: whatever a call does is under the digest."""
    document = document_of(WITH_SITE, SITE, reveal=reveal)
    edit(document)
    assert read(document)[1] == ["W702"]


def test_an_edited_secret_is_noticed() -> None:
    """The private document has a digest over its values too."""
    document = document_of(WITH_SITE, SITE, reveal=True)
    document["calls"][0]["params"]["metadata"]["site"] = "Elsewhere"
    assert read(document)[1] == ["W702"]


def test_what_explains_a_plan_may_change() -> None:
    """Provenance and findings are not under the digest, nor is what a newer minor version adds."""
    document = document_of(ORDER)
    document["calls"][0]["provenance"] = {}
    document["calls"][0]["omitted"] = {}
    document["weather"] = "fine"
    document["format_version"] = "1.9"
    assert read(document) == (document, [])


@pytest.mark.parametrize("version", ["2.0", "10.0", "two", "", "1"])
def test_a_version_that_is_not_known_is_refused(version: str) -> None:
    """E709 for a newer major version or none; E708 where it is no version at all."""
    found, said = read(document_of(ORDER) | {"format_version": version})
    assert found is None
    assert said == ["E709"] if version != "1" else said == ["E708"]


WRONG = {
    "no JSON": "plan: 4 to create",
    "half of it": '{"format": "orderplan.plan"',
    "nothing": "",
    "a list": "[]",
    "a number": "12",
    "a bundle": json.dumps({"format": "orderplan.bundle", "format_version": "1.0"}),
    "deeply nested": "[" * 100_000,
    "half a letter": json.dumps(document_of(ORDER) | {"weather": "\ud800"}),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_file_that_is_no_plan_is_refused(text: str) -> None:
    """E708 says so, and nothing is read."""
    assert read(text) == (None, ["E708"])


DAMAGE: dict[str, Any] = {
    "calls that are no list": lambda plan: plan.update(calls={}),
    "a call without parameters": lambda plan: plan["calls"][0].pop("params"),
    "a call that is a text": lambda plan: plan["calls"].append("customer"),
    "no summary": lambda plan: plan.pop("summary"),
    "a summary without counts": lambda plan: plan.update(summary={}),
    "findings without words": lambda plan: plan.update(diagnostics=[{"code": "E701"}]),
    "digests that are no texts": lambda plan: plan.update(redacted={"customer": {"/name": 5}}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_plan_is_refused_with_its_place(damage: Any) -> None:
    """E708 with the JSON path of what is wrong."""
    document = document_of(ORDER)
    damage(document)
    found, faults = read_document(json.dumps(document), "plan.json")
    assert found is None
    assert {each.code for each in faults} == {"E708"}
    assert all(str(each.path).startswith("$") for each in faults)


def test_a_bundle_that_cannot_be_planned_still_gives_a_document() -> None:
    """Its findings are in it, it is not applyable, and it reads back as a plan."""
    from orderplan.engine.diagnostics import finding

    document = failed_document((finding("E403", "the file is empty", file="b.json"),), "b.json", "0.1.0")
    assert document["applyable"] is False
    assert read(document) == (json.loads(json.dumps(document)), [])


# --- the whole ---


def test_a_document_is_what_its_schema_says() -> None:
    """schemas/plan.json describes shared, private and failed documents."""
    schema = json.loads(shipped("schemas", "plan.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for document in (document_of(ORDER), document_of(WITH_SITE, SITE, reveal=True)):
        jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)


def test_the_contract_stands_by_itself_where_there_is_one() -> None:
    """Readers of one order need no list."""
    document = document_of(ORDER)
    assert document["contract"] == document["contracts"][0]
    assert document["contract"]["order_ids"] == ORDER["order_ids"]
    assert (document["contract"]["start"], document["contract"]["end"]) == ("2026-03-01", "2027-03-01")


def test_the_summary_counts_what_is_made_changed_and_ended() -> None:
    """Archiving a price is an update."""
    plan = clean_plan(an_order([seat("120.00", quoted_price="99.00")]))
    assert plan.summary == {"create": 4, "update": 1, "cancel": 0}
    assert len(ids(plan)) == 5


def test_the_document_lists_what_it_was_made_of() -> None:
    """Bundle, each rule file and both schemas with their digests."""
    inputs = document_of(ORDER, SITE)["inputs"]
    assert inputs["bundle"]["path"] == "bundle.json"
    assert [each["path"].rpartition("/")[2] for each in inputs["rules"]] == ["team.rules", "cpq.rules", "stripe.rules"]
    digests = [inputs["bundle"]["sha256"], *(each["sha256"] for name in ("rules", "schemas") for each in inputs[name])]
    assert all(len(each) == 64 for each in digests)


def test_a_skipped_line_is_listed_with_its_reason() -> None:
    """INIT-03: what is left out of the plan is told."""
    bundle = patched(ORDER, "OrderItem", 1, Skip_Line_Item__c=True)
    (skipped,) = document_of(bundle)["skipped"]
    assert (skipped["object"], skipped["id"]) == ("OrderItem", bundle["records"]["OrderItem"][1]["Id"])
    assert "Skip_Line_Item__c" in skipped["reason"]


def test_a_plan_with_an_error_is_not_applyable() -> None:
    """One error is enough; the calls are shown all the same."""
    plan = plan_of(ORDER, "override customer { email = account.Name }")
    assert codes(plan) == []
    broken = plan_of(ORDER, "override customer { metadata.a = account.Fax  required }")
    assert (broken.applyable, to_document(broken)["applyable"]) == (False, False)
    assert len(calls(broken, "customer")) == 1


def test_stripes_refusals_name_rule_and_record() -> None:
    """E702: a value that Stripe would not take, with the rule that wrote it."""
    plan = plan_of(patched(ORDER, "Account", 0, Site="x" * 80), "override customer { set phone = account.Site }")
    (fault,) = [each for each in plan.diagnostics if each.code == "E702"]
    assert fault.path == "/phone"
    assert fault.rule == "team.rules:3:21"
    assert str(fault.record).startswith("Account(")


_AGAIN = """
import json, sys
from tests.builders import an_order, seat, setup_fee
from tests.plan.plans import program, loaded, VERSION
from orderplan.engine.plan import dump, make_plan, to_document
from orderplan.engine.schema import stripe
import pickle
rules = pickle.loads(sys.stdin.buffer.read())
bundle = json.loads(sys.argv[1])
sys.stdout.write(dump(to_document(make_plan(loaded(bundle), rules, stripe.load(VERSION)))))
"""


def test_a_program_works_in_another_process() -> None:
    """It is pickled as its checked rules and compiled again, with another seed of hashes; the plan is the same bytes."""
    import pickle

    from tests.plan.plans import program

    here = dump(to_document(plan_of(WITH_SITE, SITE)))
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", _AGAIN, json.dumps(WITH_SITE)],
            input=pickle.dumps(program(SITE)),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )
        assert there.stdout.decode() == here
