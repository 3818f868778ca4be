"""The Stripe side: keys, versions, idempotency and routes; what an object does is in the modules before."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping

from ..schema.stripe import Operation, StripeSchema
from ..schema.stripe_check import check_parameters
from . import invoices, schedules
from .account import ACCOUNT, Account, merged
from .answers import Answer, RefusalError, Request
from .form import decoded, spelled, typed
from .lists import item_of, listed, searched
from .store import Record

_KEY = re.compile(r"sk_test_\w+")
_LIVE = re.compile(r"(sk|rk)_live_\w+")
_ID = r"([^/]+)"
_CODES = {"unknown": "parameter_unknown", "required": "parameter_missing"}
_UNAUTHORIZED, _CONFLICT = 401, 409
_DAY = 86_400
"""Seconds after which a key is forgotten, by the clock of the account."""

_BODY_METHODS = ("POST", "PUT")


class Stripe:
    """Answers requests below `/v1`."""

    def __init__(self, account: Account, search_lag: float = 0.0) -> None:
        self.account = account
        self._schema: StripeSchema = account.schema
        self._lag = search_lag
        self._in_flight: set[str] = set()
        self._guard = threading.Lock()
        self._routes: list[tuple[str, re.Pattern[str], str, Operation]] = []
        self._reads: list[tuple[re.Pattern[str], str]] = []
        for name in self._schema.resources():
            resource = self._schema.resource(name)
            for operation in resource.operations.values() if resource else ():
                pattern = re.compile(re.escape(operation.path).replace(r"\{id\}", _ID))
                self._routes.append((operation.method, pattern, name, operation))
                if operation.name == "create":
                    self._reads.append((re.compile(f"({re.escape(operation.path)})(?:/{_ID})?"), name))

    def answer(self, request: Request) -> Answer:
        """What Stripe answers, with the headers that every answer has."""
        number = hashlib.sha256(f"{id(request)} {threading.get_ident()}".encode()).hexdigest()[:12]
        headers = {"Request-Id": f"req_sandbox{number}", "Stripe-Version": self._schema.version}
        try:
            self._admit(request)
            found = self._once(request) if request.method == "POST" else self._done(request)
        except RefusalError as refusal:
            found = refusal.answer
        if key := request.headers.get("idempotency-key"):
            headers["Idempotency-Key"] = key
        return Answer(found.status, found.body, {**headers, **found.headers})

    def _admit(self, request: Request) -> None:
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not _KEY.fullmatch(key):
            words = "Invalid API Key provided: the sandbox takes test keys, sk_test_…"
            if _LIVE.fullmatch(key):
                words = "A live key was sent to a sandbox. Nothing was done with it; the sandbox takes sk_test_… alone."
            raise RefusalError(words, status=_UNAUTHORIZED)
        version = request.headers.get("stripe-version", self._schema.version)
        if version != self._schema.version:
            raise RefusalError(f"Invalid Stripe API version: {version}. The sandbox speaks {self._schema.version}.")
        account = request.headers.get("stripe-account", ACCOUNT)
        if account != ACCOUNT:
            raise RefusalError(
                f"The provided key does not have access to account '{account}'.", code="account_invalid", status=403
            )

    # --- idempotency ------------------------------------------------------------------------------------------------

    def _once(self, request: Request) -> Answer:
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._done(request)
        with self._guard:
            if key in self._in_flight:
                raise RefusalError(
                    f"There is currently another in-progress request using this Idempotency Key: {key}.",
                    code="idempotency_key_in_use",
                    kind="idempotency_error",
                    status=_CONFLICT,
                )
            self._in_flight.add(key)
        try:
            return self._replayed(request, key) or self._kept(request, key)
        finally:
            with self._guard:
                self._in_flight.discard(key)

    def _replayed(self, request: Request, key: str) -> Answer | None:
        held = self.account.store.get("idempotency", key)
        if held is None or self.account.now() - held["at"] >= _DAY:
            return None
        if held["request"] != _fingerprint(request):
            raise RefusalError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try"
                f" using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return Answer(held["status"], held["body"], {"Idempotent-Replayed": "true"})

    def _kept(self, request: Request, key: str) -> Answer:
        """Does a request and keeps its answer with it. What validation refuses is not kept, as Stripe has it."""
        store = self.account.store
        with store.change():
            found = self._routed(request)
            kept = {"request": _fingerprint(request), "status": found.status, "body": found.body}
            kept["at"] = self.account.now()
            store.put("idempotency", key, kept)
        return found

    def _done(self, request: Request) -> Answer:
        with self.account.store.change():
            return self._routed(request)

    # --- routes -----------------------------------------------------------------------------------------------------

    def _routed(self, request: Request) -> Answer:
        for way in (self._clocks, self._written, self._read):
            found = way(request)
            if found is not None:
                return found
        raise RefusalError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)

    def _written(self, request: Request) -> Answer | None:
        for method, pattern, resource, operation in self._routes:
            match = pattern.fullmatch(request.path) if method == request.method else None
            if match is None:
                continue
            text = request.body.decode("utf-8", "replace") if method in _BODY_METHODS else request.query
            params = typed(operation.params, decoded(text))
            held = None
            if match.groups():
                held = self._held(resource, match[1])
                if held.get("deleted"):
                    self.account.one(resource, f"{match[1]} (deleted)")
            for each in check_parameters(self._schema, resource, operation.name, params):
                raise _refused(each.pointer, each.message, each.kind)
            return Answer(200, self._carried_out(resource, operation.name, held or {}, params))
        return None

    def _carried_out(self, resource: str, operation: str, held: Record, params: Record) -> Record:
        if resource == "subscription_item" or "customer_account" in params:
            what = "customer accounts" if "customer_account" in params else "changes of single subscription items"
            raise RefusalError(f"The sandbox does not carry out {what}.", status=501, kind="api_error")
        own = _OWN.get((resource, operation))
        if own is not None:
            return own(self.account, held, params)
        if operation == "create":
            return _created(self.account, resource, params)
        if operation == "update":
            kept = {name: value for name, value in params.items() if name != "expand"}
            if "metadata" in params:
                kept["metadata"] = merged(held["metadata"], params["metadata"])
            return self.account.kept(resource, {**held, **kept})
        if operation == "delete":
            gone = {"id": held["id"], "object": held["object"], "deleted": True}
            return self.account.kept(resource, gone)
        raise RefusalError(f"The sandbox does not carry out {operation} of {resource}.", status=501, kind="api_error")

    def _read(self, request: Request) -> Answer | None:
        if request.method != "GET":
            return None
        params = decoded(request.query)
        params.pop("expand", None)
        if request.path == "/v1/account":
            return Answer(200, _ACCOUNT)
        for pattern, resource in self._reads:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            if match[2] is None:
                return Answer(200, listed(self.account.store, resource, match[1], params))
            if match[2] == "search":
                return Answer(200, searched(self.account.store, resource, match[1], params, self._lag))
            return Answer(200, self._held(resource, match[2]))
        lines = re.fullmatch(f"/v1/invoices/{_ID}/lines", request.path)
        return Answer(200, self.account.one("invoice", lines[1])["lines"]) if lines else None

    def _held(self, resource: str, record_id: str) -> Record:
        found = item_of(self.account.store, record_id) if resource == "subscription_item" else None
        return found or self.account.one(resource, record_id)

    def _clocks(self, request: Request) -> Answer | None:
        match = re.fullmatch(f"/v1/test_helpers/test_clocks(?:/{_ID}(/advance)?)?", request.path)
        if match is None:
            return None
        name, account = match[1], self.account
        if request.method == "GET":
            return Answer(200, account.one("test_clock", name) if name else _all(account))
        params = decoded(request.body.decode())
        moment = params.pop("frozen_time", "")
        if not re.fullmatch(r"\d{1,12}", str(moment)):
            raise RefusalError(f"Invalid integer: {moment}", code="parameter_invalid_integer", param="frozen_time")
        if set(params) - {"name", "expand"}:
            raise _refused(f"/{min(set(params) - {'name', 'expand'})}", "", "unknown")
        if name is None:
            fresh: Record = {"object": "test_helpers.test_clock", "frozen_time": int(moment), "status": "ready"}
            return Answer(200, account.made("test_clock", {**fresh, "name": params.get("name")}))
        clock = account.one("test_clock", name)
        before = clock["frozen_time"]
        if before is not None and int(moment) <= int(before):
            words = "Cannot advance a test clock to a time that is not after its current frozen time."
            raise RefusalError(words, param="frozen_time")
        account.kept("test_clock", {**clock, "frozen_time": int(moment)})
        schedules.advance(account, name)
        return Answer(200, account.one("test_clock", name))


def _all(account: Account) -> Record:
    clocks = account.store.all("test_clock")
    return {"object": "list", "data": clocks, "has_more": False, "url": "/v1/test_helpers/test_clocks"}


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()


def _refused(pointer: str, message: str, kind: str) -> RefusalError:
    """A violation of the schema in Stripe's words and codes."""
    param = spelled(pointer) if pointer else None
    words = {"unknown": f"Received unknown parameter: {param}", "required": f"Missing required param: {param}."}
    code = _CODES.get(kind)
    if kind == "type" and "whole number" in message:
        code = "parameter_invalid_integer"
    return RefusalError(words.get(kind, f"Invalid {param}: {message}" if param else message), code=code, param=param)


def _created(account: Account, resource: str, params: Record) -> Record:
    """A plain object: what was sent, and what Stripe fills in."""
    values = {name: value for name, value in params.items() if name not in ("expand", "id")}
    given = params.get("id")
    if given is not None and account.store.get(resource, given) is not None:
        raise RefusalError(f"{resource.capitalize()} already exists.", code="resource_already_exists", param="id")
    return account.made(resource, {**_DEFAULTS.get(resource, {}), **values}, given)


def _customer(account: Account, _: Record, params: Record) -> Record:
    if "test_clock" in params:
        account.one("test_clock", params["test_clock"], "test_clock")
    return _created(account, "customer", params)


def _price(account: Account, _: Record, params: Record) -> Record:
    if "product_data" in params:
        product = _created(account, "product", params["product_data"])
        params = {"product": product["id"], **{name: value for name, value in params.items() if name != "product_data"}}
    account.one("product", params["product"], "product")
    rhythm = params.get("recurring")
    meter = (rhythm or {}).get("meter")
    if meter is not None:
        account.one("billing_meter", meter, "recurring[meter]")
    unit = params.get("unit_amount_decimal", params.get("unit_amount"))
    whole = unit is not None and "." not in str(unit)
    values = {
        **{name: value for name, value in params.items() if name != "transfer_lookup_key"},
        "recurring": {"interval_count": 1, "usage_type": "licensed", "meter": None, **rhythm} if rhythm else None,
        "type": "recurring" if rhythm else "one_time",
        "unit_amount": int(unit) if whole and unit is not None else None,
        "unit_amount_decimal": None if unit is None else str(unit),
    }
    return _created(account, "price", values)


def _promotion_code(account: Account, _: Record, params: Record) -> Record:
    account.one("coupon", params["promotion"]["coupon"], "promotion[coupon]")
    if "customer" in params:
        account.one("customer", params["customer"], "customer")
    return _created(account, "promotion_code", {"code": f"SANDBOX{account.store.number('code')}", **params})


def _meter(status: str) -> Callable[[Account, Record, Record], Record]:
    return lambda account, held, _: account.kept("billing_meter", {**held, "status": status})


_ACCOUNT: Record = {
    "id": ACCOUNT,
    "object": "account",
    "business_profile": {"name": "orderplan sandbox"},
    "charges_enabled": False,
    "settings": {"dashboard": {"display_name": "orderplan sandbox"}},
}
_DEFAULTS: Mapping[str, Record] = {
    "customer": {"currency": None, "test_clock": None, "balance": 0, "delinquent": False},
    "product": {"active": True, "type": "service"},
    "price": {"active": True, "billing_scheme": "per_unit", "lookup_key": None, "nickname": None},
    "coupon": {"valid": True, "duration": "once", "times_redeemed": 0},
    "promotion_code": {"active": True, "times_redeemed": 0},
    "billing_meter": {"status": "active"},
    "tax_rate": {"active": True},
}
_OWN: Mapping[tuple[str, str], Callable[[Account, Record, Record], Record]] = {
    ("customer", "create"): _customer,
    ("price", "create"): _price,
    ("promotion_code", "create"): _promotion_code,
    ("billing_meter", "deactivate"): _meter("inactive"),
    ("billing_meter", "reactivate"): _meter("active"),
    ("subscription", "create"): lambda account, _, params: schedules.create_subscription(account, params),
    ("subscription", "update"): schedules.update_subscription,
    ("subscription", "cancel"): lambda account, held, _: schedules.cancel_subscription(account, held),
    ("subscription_schedule", "create"): lambda account, _, params: schedules.create_schedule(account, params),
    ("subscription_schedule", "update"): schedules.update_schedule,
    ("subscription_schedule", "cancel"): lambda account, held, _: schedules.cancel_schedule(account, held),
    ("subscription_schedule", "release"): lambda account, held, _: schedules.release_schedule(account, held),
    ("invoice_item", "create"): lambda account, _, params: invoices.create_item(account, params),
    ("invoice_item", "update"): invoices.update_item,
    ("invoice_item", "delete"): lambda account, held, _: invoices.delete_item(account, held),
    ("invoice", "create"): lambda account, _, params: invoices.create_invoice(account, params),
    ("invoice", "update"): invoices.update_invoice,
    ("invoice", "delete"): lambda account, held, _: invoices.delete_invoice(account, held),
    ("invoice", "add_lines"): invoices.add_lines,
    ("invoice", "finalize"): lambda account, held, _: invoices.finalize(account, held),
    ("invoice", "pay"): lambda account, held, _: invoices.pay(account, held),
    ("invoice", "send"): lambda account, held, _: invoices.send(account, held),
    ("invoice", "void"): lambda account, held, _: invoices.ended(account, held, "void"),
    ("invoice", "mark_uncollectible"): lambda account, held, _: invoices.ended(account, held, "uncollectible"),
}
