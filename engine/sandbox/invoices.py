"""Invoice items and invoices: those that calls ask for, with lines and totals, and no collection of money."""

from __future__ import annotations

from decimal import Decimal

from .account import Account, made_price, merged, whole
from .answers import RefusalError
from .refusals import check_currency, check_lines
from .store import Record


def create_item(account: Account, params: Record, *, archived: bool = False) -> Record:
    """An invoice item: pending, or on the draft invoice that it names.

    `archived` lets a price be inactive, which a schedule took when it was not.
    """
    customer = account.one("customer", params["customer"], "customer")
    quantity = params.get("quantity", 1)
    price = None
    if "pricing" in params:
        price = account.one("price", params["pricing"]["price"], "pricing[price]")
        if price["type"] != "one_time":
            raise RefusalError(
                "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
                param="pricing[price]",
            )
        if not price["active"] and not archived:
            raise RefusalError(
                "The price specified is inactive. This field only accepts active prices.", param="pricing[price]"
            )
    elif "price_data" in params:
        account.one("product", params["price_data"]["product"], "price_data[product]")
        price = made_price(account, params["price_data"])
    currency = price["currency"] if price else params.get("currency") or customer.get("currency")
    if currency is None:
        raise RefusalError("Missing required param: currency.", code="parameter_missing", param="currency")
    check_currency(customer, currency, "pricing[price]" if price else "currency")
    unit = price["unit_amount_decimal"] if price else params.get("unit_amount_decimal")
    amount = params["amount"] if unit is None else whole(Decimal(unit) * quantity)
    now = account.now(params["customer"])
    kept = {name: value for name, value in params.items() if name not in ("price_data", "expand")}
    if price:
        kept["pricing"] = {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": unit,
        }
    item = account.made(
        "invoice_item",
        {
            "discountable": amount >= 0,
            "discounts": [],
            "invoice": None,
            "period": {"start": now, "end": now},
            "proration": False,
            **kept,
            "date": now,
            "amount": amount,
            "currency": currency,
            "quantity": quantity,
        },
    )
    account.kept("customer", {**customer, "currency": customer.get("currency") or currency})
    if params.get("invoice"):
        invoice = account.one("invoice", params["invoice"], "invoice")
        _check_draft(invoice, "add items to")
        if invoice["customer"] != params["customer"]:
            raise RefusalError(f"The invoice {invoice['id']} is of another customer.", param="invoice")
        _totalled(account, invoice, [item])
    return item


def update_item(account: Account, item: Record, params: Record) -> Record:
    """Changes an item that is on no invoice; its amount follows from price and quantity."""
    if item["invoice"]:
        words = "The sandbox changes items that wait for an invoice alone: remove this one from its invoice first."
        raise RefusalError(words, param="id")
    kept = {name: value for name, value in params.items() if name not in ("pricing", "price_data", "expand")}
    if "metadata" in params:
        kept["metadata"] = merged(item["metadata"], params["metadata"])
    if "pricing" in params or "price_data" in params:
        raise RefusalError("The sandbox does not change an item's price.", status=501, kind="api_error")
    changed = {**item, **kept}
    unit = params.get("unit_amount_decimal", (item.get("pricing") or {}).get("unit_amount_decimal"))
    if "amount" not in params and unit is not None:
        changed["amount"] = whole(Decimal(unit) * changed["quantity"])
    return account.kept("invoice_item", changed)


def delete_item(account: Account, item: Record) -> Record:
    """Removes an item that is on no invoice, or on a draft."""
    if item["invoice"]:
        invoice = account.one("invoice", item["invoice"])
        _check_draft(invoice, "remove items from")
        left = [each for each in invoice["lines"]["data"] if _item_of(each) != item["id"]]
        account.kept("invoice", _with_lines(invoice, left))
    account.store.remove("invoice_item", item["id"])
    return {"id": item["id"], "object": "invoiceitem", "deleted": True}


def create_invoice(account: Account, params: Record) -> Record:
    """A draft invoice, with the pending items of its customer when it says so."""
    if params.get("subscription"):
        subscription = account.one("subscription", params["subscription"], "subscription")
        params = {"customer": subscription["customer"], **params}
    customer = account.one("customer", params["customer"], "customer")
    subscribed = params.get("subscription")
    items = [
        each
        for each in account.store.all("invoice_item")
        if each["customer"] == params["customer"]
        and not each["invoice"]
        and (subscribed is None or each.get("subscription") == subscribed)
    ]
    # An invoice of a subscription takes up what waits for that, unless it says that it takes up nothing.
    if params.get("pending_invoice_items_behavior", "include" if subscribed else "exclude") != "include":
        items = []
    currency = params.get("currency") or customer.get("currency") or "usd"
    check_currency(customer, currency, "currency")
    kept = {name: value for name, value in params.items() if name not in ("pending_invoice_items_behavior", "expand")}
    record_id = account.new_id("invoice")
    parent = (
        {"type": "subscription_details", "subscription_details": {"subscription": subscribed}} if subscribed else None
    )
    invoice = account.made(
        "invoice",
        {
            "auto_advance": False,
            "collection_method": "charge_automatically",
            "discounts": [],
            "hosted_invoice_url": None,
            "invoice_pdf": None,
            "number": None,
            "status": "draft",
            **kept,
            "currency": currency,
            "parent": parent,
            "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{record_id}/lines"},
        },
        record_id,
    )
    account.kept("customer", {**customer, "currency": customer.get("currency") or currency})
    return _totalled(account, invoice, items)


def update_invoice(account: Account, invoice: Record, params: Record) -> Record:
    """Changes a draft; of a finalized invoice only metadata and the like."""
    if set(params) - {"metadata", "expand", "auto_advance"}:
        _check_draft(invoice, "update")
    kept = {name: value for name, value in params.items() if name != "expand"}
    if "metadata" in params:
        kept["metadata"] = merged(invoice["metadata"], params["metadata"])
    return account.kept("invoice", {**invoice, **kept})


def add_lines(account: Account, invoice: Record, params: Record) -> Record:
    """Lines from pending items, or made on the way."""
    _check_draft(invoice, "add lines to")
    items = []
    for at, each in enumerate(params["lines"]):
        if "invoice_item" in each:
            item = account.one("invoice_item", each["invoice_item"], f"lines[{at}][invoice_item]")
            if item["invoice"]:
                raise RefusalError("The invoice item is on an invoice already.", param=f"lines[{at}][invoice_item]")
            items.append(item)
        else:
            known = ("amount", "description", "metadata", "period", "price_data", "pricing", "quantity", "discounts")
            values = {name: each[name] for name in known if name in each}
            items.append(
                create_item(account, {"customer": invoice["customer"], "currency": invoice["currency"], **values})
            )
    return _totalled(account, invoice, items)


def finalize(account: Account, invoice: Record) -> Record:
    """Opens a draft: it gets a number and a page; without anything due it is paid."""
    _check_draft(invoice, "finalize")
    now = account.now(invoice["customer"])
    page = f"{account.url}/sandbox/invoices/{invoice['id']}"
    days = invoice.get("days_until_due")
    opened = {
        "status": "open" if invoice["total"] else "paid",
        "number": f"SANDBOX-{account.store.number('invoice number'):04d}",
        "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf",
        "due_date": invoice.get("due_date") or (None if days is None else now + days * 86_400),
        "status_transitions": {"finalized_at": now, "paid_at": None if invoice["total"] else now},
    }
    return account.kept("invoice", {**invoice, **opened})


def pay(account: Account, invoice: Record) -> Record:
    """Takes an open invoice as paid; a draft is finalized first."""
    if invoice["status"] == "draft":
        invoice = finalize(account, invoice)
    if invoice["status"] == "paid":
        raise RefusalError("Invoice is already paid", code="invoice_already_paid")
    _check_status(invoice, "pay", "open", "uncollectible")
    moments = {**invoice["status_transitions"], "paid_at": account.now(invoice["customer"])}
    paid = {"status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0, "status_transitions": moments}
    return account.kept("invoice", {**invoice, **paid})


def ended(account: Account, invoice: Record, status: str) -> Record:
    """Marks an open invoice as void or uncollectible."""
    _check_status(invoice, "void" if status == "void" else "mark", "open", "uncollectible")
    return account.kept("invoice", {**invoice, "status": status})


def send(account: Account, invoice: Record) -> Record:
    """Finalizes a draft as sending does; nothing is sent."""
    return finalize(account, invoice) if invoice["status"] == "draft" else invoice


def delete_invoice(account: Account, invoice: Record) -> Record:
    """Removes a draft; its items wait again."""
    _check_draft(invoice, "delete")
    for item in account.store.all("invoice_item"):
        if item["invoice"] == invoice["id"]:
            account.kept("invoice_item", {**item, "invoice": None})
    account.store.remove("invoice", invoice["id"])
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def _check_draft(invoice: Record, what: str) -> None:
    """A finalized invoice does not change (SPEC 5.16)."""
    if invoice["status"] != "draft":
        raise RefusalError(
            f"This invoice is no longer editable: you cannot {what} an invoice that is {invoice['status']}.",
            code="invoice_not_editable",
        )


def _check_status(invoice: Record, what: str, *allowed: str) -> None:
    if invoice["status"] not in allowed:
        raise RefusalError(f"You cannot {what} an invoice that is {invoice['status']}.")


def _item_of(line: Record) -> str:
    return str(line["parent"]["invoice_item_details"]["invoice_item"])


def _totalled(account: Account, invoice: Record, items: list[Record]) -> Record:
    lines = list(invoice["lines"]["data"])
    for each in items:
        if each["currency"] != invoice["currency"]:
            raise RefusalError(f"The invoice is in {invoice['currency']}, the item in {each['currency']}.")
        account.kept("invoice_item", {**each, "invoice": invoice["id"]})
        each["invoice"] = invoice["id"]
        details = {"invoice_item": each["id"], "subscription": each.get("subscription")}
        line = {name: each.get(name) for name in ("amount", "currency", "quantity", "period", "pricing", "metadata")}
        line |= {"id": account.new_id("il"), "object": "line_item", "invoice": invoice["id"]}
        lines.append({**line, "parent": {"type": "invoice_item_details", "invoice_item_details": details}})
    check_lines(lines)
    return account.kept("invoice", _with_lines(invoice, lines))


def _with_lines(invoice: Record, lines: list[Record]) -> Record:
    total = sum(each["amount"] for each in lines)
    sums = {"subtotal": total, "total": total, "amount_due": total, "amount_paid": 0, "amount_remaining": total}
    return {**invoice, **sums, "lines": {**invoice["lines"], "data": lines, "total_count": len(lines)}}
