"""The page of a plan that was applied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.apply.platforms import document_of, given, platforms
from tests.cli.commands import invoked


def test_the_page_shows_what_became_of_each_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        both.sandbox.org.update("Product2", "01tW00001000002IAA", {"Stripe_ID__c": "prod_of_somebody"})
        document = document_of("annual-subscription")
        both.applied(given(document))
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        page = invoked("show", str(path), "--format", "html", "--database", both.database).out
        assert '<span class="badge good">done</span>' in page
        assert '<p class="became"><code>cus_sandbox_000001</code></p>' in page
        assert '<span class="badge notice">not started</span>' in page
        assert "badge good" not in invoked("show", str(path), "--format", "html").out.split('id="calls"')[1]


def test_the_dashboard_is_linked_where_account_and_mode_are_known() -> None:
    from orderplan.engine.commands.show import _address

    document = document_of("annual-subscription")
    live = given({**document, "account": {"id": "acct_1", "livemode": True}}).plan
    test = given({**document, "account": {"id": "acct_1", "livemode": False}}).plan
    unknown = given(document).plan
    assert _address(live, "customer", "cus_1") == "https://dashboard.stripe.com/customers/cus_1"
    assert _address(test, "price", "price_1") == "https://dashboard.stripe.com/test/prices/price_1"
    assert _address(unknown, "customer", "cus_1") == ""
    assert _address(live, "invoice_item", "ii_1") == ""
    assert _address(live, "customer", "cus_sandbox_000001") == ""


def test_the_journal_is_shown_in_the_page_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document_of("annual-subscription")), encoding="utf-8")
    assert invoked("show", str(path), "--database", str(tmp_path / "j.sqlite")).status == 2
