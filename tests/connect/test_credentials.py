"""Where credentials come from, and that they are never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orderplan.engine.connect import OrgLogin, StripeLogin, org_login, stripe_login
from orderplan.engine.diagnostics import OrderplanError

ENVIRONMENT = ("STRIPE_API_KEY", "ORDERPLAN_STRIPE_URL", "SF_INSTANCE_URL", "SF_ACCESS_TOKEN", "SF_TARGET_ORG")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def refused(make: object, *args: object, **options: object) -> OrderplanError:
    with pytest.raises(OrderplanError) as fault:
        make(*args, **options)  # type: ignore[operator]
    return fault.value


def test_the_key_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "rk_test_123")
    assert stripe_login() == StripeLogin("rk_test_123", "https://api.stripe.com")


def test_without_the_environment_the_key_is_that_of_stripes_command_line(bare: Path) -> None:
    (bare / "stripe").mkdir()
    (bare / "stripe/config.toml").write_text(
        '[default]\ntest_mode_api_key = "sk_test_kept"\nlive_mode_api_key = "rk_live_kept"\n'
    )
    assert stripe_login().key == "sk_test_kept"
    assert stripe_login(live=True).key == "rk_live_kept"


def test_no_key_is_said() -> None:
    assert refused(stripe_login).code == "E920"


def test_a_text_that_is_no_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "hunter2")
    fault = refused(stripe_login)
    assert fault.code == "E920"
    assert "hunter2" not in f"{fault.message} {fault.hint}"


@pytest.mark.parametrize(("key", "live"), [("sk_live_1", False), ("sk_test_1", True)])
def test_a_key_of_the_other_mode_is_refused(monkeypatch: pytest.MonkeyPatch, key: str, live: bool) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", key)
    fault = refused(stripe_login, live=live)
    assert fault.code == "E921"
    assert key not in f"{fault.message} {fault.hint}"


def test_a_live_key_is_taken_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_1")
    assert stripe_login(live=True).livemode


@pytest.mark.parametrize("url", ["http://stripe.example", "ftp://127.0.0.1", "nonsense", "https://"])
def test_credentials_are_sent_in_the_open_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_1")
    monkeypatch.setenv("ORDERPLAN_STRIPE_URL", url)
    assert refused(stripe_login).code == "E920"


def test_the_session_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SF_INSTANCE_URL", "https://acme.my.salesforce.com/")
    monkeypatch.setenv("SF_ACCESS_TOKEN", "00D!token")
    assert org_login() == OrgLogin("00D!token", "https://acme.my.salesforce.com")


def test_without_the_environment_the_session_is_that_of_salesforces_command_line(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"result": {"instanceUrl": "https://acme.my.salesforce.com", "accessToken": "00D!kept"}})
    program = bare / "sf"
    program.write_text(f"#!/bin/sh\n[ \"$5\" = acme ] && echo '{answer}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("SF_TARGET_ORG", "acme")
    assert org_login() == OrgLogin("00D!kept", "https://acme.my.salesforce.com")


def test_no_session_is_said() -> None:
    assert refused(org_login).code == "E920"


def test_credentials_do_not_show_in_a_representation() -> None:
    shown = f"{StripeLogin('sk_test_secret')!r} {OrgLogin('00D!secret', 'https://acme')!r}"
    assert "secret" not in shown
