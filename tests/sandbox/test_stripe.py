"""The Stripe side through Stripe's own client: objects, lists, searches, idempotency, refusals."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from orderplan.engine.sandbox import Sandbox
from tests.sandbox.clients import DAY, MARCH, a_customer, a_phase, a_price, a_schedule, a_stripe, client_of

CLOCK = "clock_sandbox_account"


def _refused(call: Any, *arguments: Any) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as caught:
        call(*arguments)
    return caught.value


# --- objects --------------------------------------------------------------------------------------------------------


def test_an_object_is_made_found_changed_and_removed() -> None:
    with a_stripe() as client:
        made = client.v1.customers.create({"name": "Brightwater", "metadata": {"a": "1", "b": "2"}})
        client.v1.customers.update(made.id, {"metadata": {"a": "", "c": "3"}, "email": "billing@example.com"})
        found = client.v1.customers.retrieve(made.id)
        assert made.id == "cus_sandbox_000001"
        assert (found.name, found.email, found.metadata.to_dict()) == (
            "Brightwater",
            "billing@example.com",
            {"b": "2", "c": "3"},
        )
        client.v1.customers.delete(made.id)
        assert client.v1.customers.retrieve(made.id).deleted
        assert client.v1.customers.list().data == []


def test_lists_have_pages_the_newest_first() -> None:
    with a_stripe() as client:
        ids = [a_customer(client, str(each)) for each in range(25)]
        first = client.v1.customers.list({"limit": 10})
        assert [each.id for each in first.data] == ids[:-11:-1]
        assert first.has_more
        assert [each.id for each in first.auto_paging_iter()] == ids[::-1]


def test_a_search_finds_by_metadata_and_lags() -> None:
    """Stripe's search is behind by up to a minute; so is the sandbox's where it is told to be."""
    with a_stripe() as client:
        client.v1.customers.create({"name": "one", "metadata": {"salesforce_account_id": "001"}})
        client.v1.customers.create({"name": "two", "metadata": {"salesforce_account_id": "002"}})
        query = "metadata['salesforce_account_id']:'002'"
        assert [each.name for each in client.v1.customers.search({"query": query}).data] == ["two"]
        assert client.v1.customers.search({"query": f"{query} AND name:'one'"}).data == []
        assert "parse" in str(_refused(client.v1.customers.search, {"query": "metadata"}))
    with a_stripe(search_lag=60.0) as client:
        client.v1.customers.create({"name": "one", "metadata": {"salesforce_account_id": "001"}})
        assert client.v1.customers.search({"query": "name:'one'"}).data == []


def test_what_was_made_is_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.db"
    with Sandbox(state=file, now=MARCH) as sandbox:
        made = client_of(sandbox).v1.customers.create({"name": "kept"}, {"idempotency_key": "k"})
    with Sandbox(state=file) as sandbox:
        client = client_of(sandbox)
        assert client.v1.customers.retrieve(made.id).name == "kept"
        assert client.v1.customers.create({"name": "kept"}, {"idempotency_key": "k"}).id == made.id
        assert a_customer(client) == "cus_sandbox_000002"


# --- admission ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_test_abc", "nonsense"])
def test_only_a_test_key_is_taken(key: str) -> None:
    with Sandbox() as sandbox:
        fault = _refused(client_of(sandbox, key).v1.customers.create, {"name": "x"})
        assert isinstance(fault, stripe.AuthenticationError)
        assert fault.http_status == 401
        assert key not in str(fault)


def test_another_account_or_version_is_refused() -> None:
    with a_stripe() as client:
        assert client.v1.accounts.retrieve_current().id == "acct_sandbox000001"
        other = _refused(client.v1.customers.create, {"name": "x"}, {"stripe_account": "acct_other"})
        assert other.error.code == "account_invalid"
        old = _refused(client.v1.customers.create, {"name": "x"}, {"stripe_version": "2020-08-27"})
        assert "2020-08-27" in str(old)


def test_parameters_are_held_to_the_schema() -> None:
    """Unknown, missing, of a wrong type: Stripe's codes, and the parameter as Stripe names it."""
    with a_stripe() as client:
        unknown = _refused(lambda: client.raw_request("post", "/v1/customers", nmae="x"))
        assert (unknown.code, unknown.param) == ("parameter_unknown", "nmae")
        missing = _refused(lambda: client.raw_request("post", "/v1/products", description="x"))
        assert (missing.code, missing.param) == ("parameter_missing", "name")
        price = a_price(client)
        phases = [{"items": [{"price": price, "quantity": "many"}], "end_date": MARCH + DAY}]
        wrong = _refused(a_schedule, client, phases)
        assert (wrong.code, wrong.param) == ("parameter_invalid_integer", "phases[0][items][0][quantity]")
        long = _refused(client.v1.coupons.create, {"percent_off": 10, "duration": "once", "name": "n" * 41})
        assert "40" in str(long)
        assert long.headers["request-id"].startswith("req_sandbox")
        assert _refused(client.v1.customers.retrieve, "cus_none").code == "resource_missing"
        assert _refused(lambda: client.raw_request("get", "/v1/nothing")).http_status == 404


# --- idempotency ----------------------------------------------------------------------------------------------------


def test_a_key_replays_its_answer_and_refuses_another_body() -> None:
    with a_stripe() as client:
        first = client.v1.customers.create({"name": "x"}, {"idempotency_key": "k"})
        again = client.raw_request("post", "/v1/customers", name="x", idempotency_key="k")
        assert json.loads(again.body)["id"] == first.id
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(client.v1.customers.list().data) == 1
        other = _refused(client.v1.customers.create, {"name": "y"}, {"idempotency_key": "k"})
        assert isinstance(other, stripe.IdempotencyError)
        assert other.http_status == 400


def test_a_refused_request_can_be_sent_again_under_its_key() -> None:
    with a_stripe() as client:
        _refused(client.v1.coupons.create, {"duration": "once"}, {"idempotency_key": "k"})
        assert client.v1.coupons.create({"duration": "once", "percent_off": 5}, {"idempotency_key": "k"}).valid


def test_a_key_in_flight_is_a_conflict() -> None:
    with Sandbox(now=MARCH) as sandbox:
        held, go = threading.Event(), threading.Event()
        routed = sandbox.stripe._routed

        def slow(request: Any) -> Any:
            held.set()
            go.wait(10)
            return routed(request)

        sandbox.stripe._routed = slow  # type: ignore[method-assign]
        client = client_of(sandbox)
        first = threading.Thread(target=client.v1.customers.create, args=({"name": "x"}, {"idempotency_key": "k"}))
        first.start()
        held.wait(10)
        fault = _refused(client.v1.customers.create, {"name": "x"}, {"idempotency_key": "k"})
        go.set()
        first.join()
        assert (fault.http_status, fault.error.code) == (409, "idempotency_key_in_use")


# --- schedules and what is refused of them --------------------------------------------------------------------------


def test_a_schedule_moves_through_its_phases_and_is_released() -> None:
    with a_stripe() as client:
        price, once = a_price(client), a_price(client, months=None)
        schedule = a_schedule(
            client,
            [
                a_phase(price, 30, 1),
                a_phase(price, 60, 5, add_invoice_items=[{"price": once, "metadata": {"line": "1"}}]),
            ],
            end_behavior="release",
        )
        assert schedule.status == "active"
        first = client.v1.subscriptions.retrieve(schedule.subscription)["items"].data[0]
        client.v1.test_helpers.test_clocks.advance(CLOCK, {"frozen_time": MARCH + 31 * DAY})
        second = client.v1.subscriptions.retrieve(schedule.subscription)["items"].data[0]
        assert (first.quantity, second.quantity, first.id == second.id) == (1, 5, True)
        waiting = client.v1.invoice_items.list({"pending": True}).data
        assert [(each.metadata.to_dict(), each.subscription) for each in waiting] == [
            ({"line": "1"}, schedule.subscription)
        ]
        client.v1.test_helpers.test_clocks.advance(CLOCK, {"frozen_time": MARCH + 90 * DAY})
        ended = client.v1.subscription_schedules.retrieve(schedule.id)
        assert (ended.status, ended.released_subscription) == ("released", schedule.subscription)
        assert client.v1.subscriptions.retrieve(schedule.subscription).status == "active"
        assert "released" in str(_refused(client.v1.subscription_schedules.cancel, schedule.id))


def test_phases_are_counted_ordered_and_not_past() -> None:
    with a_stripe() as client:
        price = a_price(client)
        many = [a_phase(price, 30 * (each + 1), each + 1) for each in range(11)]
        assert "10" in str(_refused(a_schedule, client, many))
        assert a_schedule(client, many[:10]).status == "active"
        past = [a_phase(price, -1), a_phase(price, 30)]
        assert "past" in str(_refused(a_schedule, client, past, MARCH - 90 * DAY))
        assert "end after" in str(_refused(a_schedule, client, [a_phase(price, 30), a_phase(price, 20)]))


def test_an_update_repeats_the_start_of_the_current_phase() -> None:
    with a_stripe() as client:
        price = a_price(client)
        schedule = a_schedule(client, [a_phase(price, 30)])
        moved = {"phases": [a_phase(price, 40, start_date=MARCH + DAY)]}
        assert "current phase" in str(_refused(client.v1.subscription_schedules.update, schedule.id, moved))
        right = {"phases": [a_phase(price, 40, 7, start_date=MARCH)]}
        client.v1.subscription_schedules.update(schedule.id, right)
        items = client.v1.subscriptions.retrieve(schedule.subscription)["items"].data
        assert [each.quantity for each in items] == [7]


def test_items_fit_each_other_and_their_customer() -> None:
    with a_stripe() as client:
        usd, eur, year, once = (
            a_price(client),
            a_price(client, currency="eur"),
            a_price(client, months=12),
            a_price(client, months=None),
        )

        def said(items: list[Any], mode: str = "classic", **more: Any) -> str:
            phase = {"items": items, "end_date": MARCH + 30 * DAY, **more}
            return str(_refused(lambda: a_schedule(client, [phase], billing_mode={"type": mode})))

        assert "currenc" in said([{"price": usd}, {"price": eur}])
        assert "same `recurring.interval`" in said([{"price": usd}, {"price": year}])
        assert "multiple" in said(
            [{"price": a_price(client, months=2)}, {"price": a_price(client, months=3)}], "flexible"
        )
        assert "same price" in said([{"price": usd}, {"price": usd}])
        assert "one_time" in said([{"price": once}])
        assert "recurring" in said([{"price": usd}], add_invoice_items=[{"price": year}])
        assert "20" in said([{"price": usd}], add_invoice_items=[{"price": once}] * 21)
        assert "at most 20" in said([{"price": a_price(client)} for _ in range(21)])
        assert "No such price" in said([{"price": "price_none"}])
        client.v1.prices.update(usd, {"active": False})
        assert "inactive" in said([{"price": usd}])


def test_a_metered_price_has_a_meter_and_takes_no_quantity() -> None:
    with a_stripe(meters=["mtr_calls"]) as client:
        product = client.v1.products.create({"name": "Calls"}).id
        metered: Any = {"interval": "month", "usage_type": "metered", "meter": "mtr_calls"}
        values: Any = {"product": product, "currency": "usd", "unit_amount": 5, "recurring": metered}
        price = client.v1.prices.create(values).id
        assert "quantity" in str(_refused(a_schedule, client, [a_phase(price, 30)]))
        metered["meter"] = "mtr_none"
        assert _refused(client.v1.prices.create, values).code == "resource_missing"


def test_a_customers_currency_is_fixed_by_the_first_item() -> None:
    with a_stripe() as client:
        customer, eur = a_customer(client), a_price(client, currency="eur")
        a_schedule(client, [a_phase(a_price(client), 30)], customer=customer)
        assert "combine currencies" in str(_refused(lambda: a_schedule(client, [a_phase(eur, 30)], customer=customer)))


def test_a_refused_call_changes_nothing() -> None:
    with a_stripe() as client:
        customer, once = a_customer(client), a_price(client, months=None)
        _refused(lambda: a_schedule(client, [a_phase(once, 30)], customer=customer))
        assert client.v1.subscription_schedules.list().data == []
        assert client.v1.customers.retrieve(customer).currency is None


# --- invoices -------------------------------------------------------------------------------------------------------


def test_an_invoice_takes_pending_items_and_is_finalized_and_paid() -> None:
    with a_stripe() as client:
        customer, price = a_customer(client), a_price(client, 1050, months=None)
        client.v1.invoice_items.create({"customer": customer, "pricing": {"price": price}, "quantity": 3})
        draft = client.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
        client.v1.invoice_items.create({"customer": customer, "invoice": draft.id, "amount": -150, "currency": "usd"})
        opened = client.v1.invoices.finalize_invoice(draft.id)
        assert (opened.total, opened.status, opened.number) == (3000, "open", "SANDBOX-0001")
        assert "sandbox" in str(opened.hosted_invoice_url)
        again = _refused(client.v1.invoices.finalize_invoice, draft.id)
        assert again.code == "invoice_not_editable"
        assert client.v1.invoices.pay(draft.id).status == "paid"


def test_an_item_that_waits_is_changed_with_its_amount() -> None:
    with a_stripe() as client:
        customer, price = a_customer(client), a_price(client, 1050, months=None)
        item = client.v1.invoice_items.create({"customer": customer, "pricing": {"price": price}, "quantity": 3})
        changed = client.v1.invoice_items.update(item.id, {"quantity": 2, "metadata": {"a": "1"}})
        assert (changed.amount, changed.quantity, changed.metadata.to_dict()) == (2100, 2, {"a": "1"})
        draft = client.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
        assert "wait for an invoice" in str(_refused(client.v1.invoice_items.update, item.id, {"quantity": 1}))
        assert client.v1.invoices.retrieve(draft.id).total == 2100


# --- what the sandbox does not carry out ----------------------------------------------------------------------------


def test_what_it_does_not_carry_out_is_said() -> None:
    """Never taken as done."""
    with a_stripe() as client:
        schedule = a_schedule(client, [a_phase(a_price(client), 30)])
        (item,) = client.v1.subscription_items.list({"subscription": schedule.subscription}).data
        assert client.v1.subscription_items.retrieve(item.id).quantity == 1
        assert _refused(client.v1.subscription_items.update, item.id, {"quantity": 2}).http_status == 501
        assert _refused(client.v1.subscriptions.resume, schedule.subscription).http_status == 501


def test_a_fault_of_its_own_is_an_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as sandbox:
        monkeypatch.setattr(sandbox.stripe, "answer", lambda _: {}["nothing"])
        assert _refused(client_of(sandbox).v1.customers.list).http_status == 500
    assert capsys.readouterr().err == ""


# --- subscriptions --------------------------------------------------------------------------------------------------


def test_a_subscription_is_made_changed_and_ends_with_its_period() -> None:
    with a_stripe() as client:
        customer, price, more = a_customer(client), a_price(client), a_price(client)
        made = client.v1.subscriptions.create({"customer": customer, "items": [{"price": price, "quantity": 2}]})
        (item,) = made["items"].data
        client.v1.subscriptions.update(made.id, {"items": [{"id": item.id, "quantity": 5}, {"price": more}]})
        changed = client.v1.subscriptions.retrieve(made.id)["items"].data
        assert [(each.id == item.id, each.quantity) for each in changed] == [(True, 5), (False, 1)]
        client.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
        client.v1.test_helpers.test_clocks.advance(CLOCK, {"frozen_time": MARCH + 31 * DAY})
        assert client.v1.subscriptions.retrieve(made.id).status == "canceled"


def test_a_customer_can_have_a_clock_of_its_own() -> None:
    with a_stripe() as client:
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": MARCH})
        customer = client.v1.customers.create({"name": "x", "test_clock": clock.id}).id
        own = a_schedule(client, [a_phase(a_price(client), 30)], MARCH + DAY, customer=customer)
        other = a_schedule(client, [a_phase(a_price(client), 30)], MARCH + DAY)
        client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": MARCH + 2 * DAY})
        states = [client.v1.subscription_schedules.retrieve(each.id).status for each in (own, other)]
        assert states == ["active", "not_started"]


# --- faults ---------------------------------------------------------------------------------------------------------


def test_faults_come_when_they_are_asked_for() -> None:
    with a_stripe(faults=["429=3:at=1", "500-after:at=2", "reset:at=3"]) as client:
        busy = _refused(client.v1.customers.create, {"name": "a"})
        assert (busy.http_status, busy.headers["Retry-After"]) == (429, "3")
        assert _refused(client.v1.customers.create, {"name": "b"}, {"idempotency_key": "b"}).http_status == 500
        assert isinstance(_refused(client.v1.customers.create, {"name": "c"}), stripe.APIConnectionError)
        assert [each.name for each in client.v1.customers.list().data] == ["b"]


def test_a_header_asks_for_a_fault_of_one_request() -> None:
    with Sandbox() as sandbox:
        headers = {"Authorization": "Bearer sk_test_x", "X-Sandbox-Fault": "500-before"}
        assert requests.get(f"{sandbox.url}/v1/account", headers=headers, timeout=10).status_code == 500
        assert client_of(sandbox).v1.accounts.retrieve_current().id == "acct_sandbox000001"


@pytest.mark.parametrize("text", ["500", "429:every=0", "slow=x", "reset:on=elsewhere", "429:every=2:at=3"])
def test_a_fault_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition(":")[0]):
        Sandbox(faults=[text])
