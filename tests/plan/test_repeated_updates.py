"""Idempotency keys of changes that are made, taken back and made again."""

from __future__ import annotations

from tests.builders import an_order, patched, seat
from tests.plan.plans import plan_of

RULES = 'settings {\n  existing_customer = "update"\n}\n'


def _key(name: str, modified: str) -> str:
    bundle = patched(
        an_order([seat()], "2026-03-01", 12), "Account", 0, Stripe_ID__c="cus_1", Name=name, LastModifiedDate=modified
    )
    plan = plan_of(bundle, RULES)
    (found,) = [each for each in plan.calls if each.resource == "customer"]
    return found.idempotency_key


def test_a_value_set_back_is_a_call_of_its_own() -> None:
    """Stripe repeats its old answer to an old key, so a name that returns later must not come with the first one's key."""
    first = _key("Acme", "2026-02-01T09:00:00.000+0000")
    assert _key("Acme", "2026-02-01T09:00:00.000+0000") == first
    assert _key("Acme", "2026-02-01T11:00:00.000+0000") != first
