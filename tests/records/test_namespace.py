"""The prefix of the connector's package: named in the rules, or an error that says which line to write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orderplan.engine.plan import make_plan
from orderplan.engine.records import read_bundle
from orderplan.engine.schema import stripe
from tests.builders import amend, an_order, change, coupon, seat
from tests.builders.bindings import bindings
from tests.contract.contracts import planned
from tests.plan.plans import VERSION, Document, catalogue, program

SOURCE = 'source salesforce "schemas/salesforce/cpq.json" namespace "acme"'


def prefixed(value: Any, prefix: str = "acme") -> Any:
    """The records with the package's prefix on its names."""
    if isinstance(value, dict):
        names = catalogue().package_names
        return {f"{prefix}__{key}" if key in names else key: prefixed(each, prefix) for key, each in value.items()}
    return [prefixed(each, prefix) for each in value] if isinstance(value, list) else value


def in_stripe() -> Document:
    """An order in Stripe with a coupon and a new amendment."""
    lines = [seat("10.00", 3, coupons=(coupon("Spring", percent_off=10),))]
    return planned(amend(an_order(lines, "2026-03-01"), "2026-09-01", lines=[change("Workspace seat", 5)]), orders=1)


def test_prefixed_records_plan_what_bare_ones_do() -> None:
    """Nothing twice: ids of Stripe, coupons and write-backs are found under the prefixed names."""
    schema = stripe.load(VERSION)
    plans = []
    for bundle, rules in ((in_stripe(), program()), (prefixed(in_stripe()), program(SOURCE))):
        loaded = read_bundle(
            json.dumps(bundle).encode(), "b.json", catalogue(), bindings(), namespace=rules.rules.namespace
        )
        assert loaded.bundle is not None, [each.message for each in loaded.findings]
        plans.append(make_plan(loaded.bundle, rules, schema))
    bare, named = plans
    assert [(each.id, each.params) for each in named.calls] == [(each.id, each.params) for each in bare.calls]
    fields = {each.field for call in named.calls for each in call.store}
    assert "acme__Stripe_ID__c" in fields
    assert "Stripe_ID__c" not in fields


@pytest.mark.parametrize(
    ("bundle", "namespace", "words"),
    [
        (prefixed(in_stripe()), "", 'namespace "acme"'),
        (prefixed(in_stripe(), "other"), "acme", 'namespace "other"'),
        (in_stripe(), "acme", 'take `namespace "acme"`'),
    ],
)
def test_a_prefix_that_does_not_fit_is_one_error_with_the_line_to_write(
    bundle: Document, namespace: str, words: str
) -> None:
    """Else what is in Stripe already would be made again."""
    loaded = read_bundle(json.dumps(bundle).encode(), "b.json", catalogue(), bindings(), namespace=namespace)
    assert loaded.bundle is None
    assert [each.code for each in loaded.findings] == ["E429"]
    assert words in str(loaded.findings[0].fix)
