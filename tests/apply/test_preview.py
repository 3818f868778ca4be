"""The forecast beside Stripe's own preview, answered on loopback in the shape that Stripe documents."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from orderplan.engine.apply import Journal
from orderplan.engine.apply.database import database_url, engine_of
from orderplan.engine.apply.preview import verified
from orderplan.engine.connect import StripeClient, StripeLogin
from orderplan.engine.diagnostics import Diagnostic
from orderplan.engine.forecast import forecasted
from tests.apply.platforms import VERSION, Platforms, document_of, given, platforms
from tests.cli.commands import invoked

NOW = datetime.datetime(2026, 2, 17, tzinfo=datetime.UTC)
MARCH = 1_772_323_200


@contextmanager
def a_preview(answer: dict[str, Any], status: int = 200) -> Iterator[tuple[StripeClient, list[dict[str, Any]]]]:
    """A server that previews one invoice, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append({"path": self.path, **{name: each[0] for name, each in parse_qs(body).items()}})
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield StripeClient(StripeLogin("sk_test_1", f"http://127.0.0.1:{server.server_address[1]}"), VERSION), asked
    finally:
        server.shutdown()
        server.server_close()


def found(both: Platforms, client: StripeClient, document: dict[str, Any]) -> list[Diagnostic]:
    engine = engine_of(database_url(both.database))
    try:
        shown = forecasted(given(document).plan)
        return list(verified(client, Journal(engine), "acct_1", shown, NOW, "plan.json"))
    finally:
        engine.dispose()


def applied(both: Platforms) -> dict[str, Any]:
    """A plan that is in the journal, under the name of an account that is no sandbox."""
    import sqlalchemy as sa

    document = document_of("annual-subscription")
    both.applied(given(document))
    engine = sa.create_engine(f"sqlite:///{both.database}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE calls SET account = 'acct_1'"))
    engine.dispose()
    return document


def an_invoice(total: int, at: int = MARCH) -> dict[str, Any]:
    line = {"description": "10 × Workspace seat", "amount": total}
    return {
        "object": "invoice",
        "currency": "usd",
        "total": total + 7,
        "total_excluding_tax": total,
        "period_end": at,
        "lines": {"data": [line]},
    }


def test_the_same_next_invoice_is_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, a_preview(an_invoice(1_450_000)) as (client, asked):
        assert found(both, client, applied(both)) == []
        assert asked == [{"path": "/v1/invoices/create_preview", "schedule": "sub_sched_sandbox_000001"}]


@pytest.mark.parametrize("preview", [an_invoice(1_449_999), an_invoice(1_450_000, MARCH + 86_400)])
def test_a_cent_or_a_day_is_an_error_with_stripes_lines(
    preview: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platforms(tmp_path, monkeypatch) as both, a_preview(preview) as (client, _):
        (each,) = found(both, client, applied(both))
        assert each.code == "E970"
        assert each.notes[0].startswith("Stripe's line: 10 × Workspace seat")


def test_an_invoice_that_stripe_does_not_expect_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"error": {"type": "invalid_request_error", "code": "invoice_upcoming_none", "message": "none"}}
    with platforms(tmp_path, monkeypatch) as both, a_preview(refusal, 404) as (client, _):
        assert [each.code for each in found(both, client, applied(both))] == ["E970"]


def test_a_contract_that_is_not_applied_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both, a_preview({}) as (client, asked):
        assert [each.code for each in found(both, client, document_of("annual-subscription"))] == ["W970"]
        assert asked == []


def test_a_sandbox_says_that_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with platforms(tmp_path, monkeypatch) as both:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document_of("annual-subscription")), encoding="utf-8")
        done = invoked("forecast", str(path), "--verify", "--database", both.database)
        assert (done.status, "N970" in done.err) == (0, True)
