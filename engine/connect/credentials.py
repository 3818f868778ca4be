"""Credentials: from the environment, or from where the platforms' own command lines keep them. They are never shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..diagnostics import OrderplanError

STRIPE_URL = "https://api.stripe.com"
_KEY = re.compile(r"(?:sk|rk)_(test|live)_\w+")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class StripeLogin:
    """A key of a Stripe account, and where the API is."""

    key: str = field(repr=False)
    url: str = STRIPE_URL

    @property
    def livemode(self) -> bool:
        """Whether the key moves real money."""
        return "_live_" in self.key[:9]


@dataclass(frozen=True, slots=True)
class OrgLogin:
    """A session of a Salesforce org, and where the org is."""

    token: str = field(repr=False)
    url: str


def stripe_login(*, live: bool = False) -> StripeLogin:
    """The key of `STRIPE_API_KEY`, else the one that `stripe login` keeps; a live one is taken on request alone.

    Raises:
        OrderplanError: E920 without a key, E921 for a live key that nobody asked for, or a test key where a live one was.
    """
    key = os.environ.get("STRIPE_API_KEY") or _kept_key(live=live)
    if not key:
        raise OrderplanError(
            "E920",
            "there is no key for Stripe",
            "set STRIPE_API_KEY, run `stripe login`, or rehearse with `orderplan sandbox`",
        )
    match = _KEY.fullmatch(key)
    if match is None:
        raise OrderplanError(
            "E920",
            "what is given as the key for Stripe is none",
            "secret and restricted keys begin with sk_test_, rk_test_, sk_live_ or rk_live_",
        )
    if match[1] == "live" and not live:
        raise OrderplanError(
            "E921",
            "the key for Stripe is a live one, which moves real money, and --live was not given",
            "give --live, or set STRIPE_API_KEY to a test key",
        )
    if match[1] == "test" and live:
        raise OrderplanError(
            "E921", "--live was given, and the key for Stripe is a test key", "leave out --live, or set a live key"
        )
    return StripeLogin(key, _address("ORDERPLAN_STRIPE_URL", os.environ.get("ORDERPLAN_STRIPE_URL") or STRIPE_URL))


def org_login() -> OrgLogin:
    """The session of `SF_INSTANCE_URL` and `SF_ACCESS_TOKEN`, else that of the Salesforce command line's default org.

    `SF_TARGET_ORG` names another org of the command line.

    Raises:
        OrderplanError: E920 without a session.
    """
    url, token = os.environ.get("SF_INSTANCE_URL"), os.environ.get("SF_ACCESS_TOKEN")
    if not (url and token):
        url, token = _kept_session()
    if not (url and token):
        raise OrderplanError(
            "E920",
            "there is no session of a Salesforce org",
            "set SF_INSTANCE_URL and SF_ACCESS_TOKEN, or run `sf org login web` and name the org in SF_TARGET_ORG",
        )
    return OrgLogin(token, _address("SF_INSTANCE_URL", url).rstrip("/"))


def _address(name: str, url: str) -> str:
    """An address that may be spoken to: https, or this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return url
    raise OrderplanError(
        "E920",
        f"{name} is no https address: credentials would be sent in the open",
        "use https; http is for a sandbox on 127.0.0.1",
    )


def _kept_key(*, live: bool) -> str | None:
    """The key in the configuration of Stripe's command line."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    try:
        kept = tomllib.loads((home / "stripe" / "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    profile = kept.get(os.environ.get("STRIPE_PROJECT_NAME") or "default")
    found = profile.get("live_mode_api_key" if live else "test_mode_api_key") if isinstance(profile, dict) else None
    return found if isinstance(found, str) else None


def _kept_session() -> tuple[str | None, str | None]:
    """Instance and token that `sf org display` tells."""
    target = os.environ.get("SF_TARGET_ORG")
    command = ["sf", "org", "display", "--json", *(["--target-org", target] if target else [])]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - the user's own
        result: Any = json.loads(done.stdout).get("result")
    except (OSError, ValueError, AttributeError, subprocess.TimeoutExpired):
        return None, None
    if not isinstance(result, dict):
        return None, None
    return result.get("instanceUrl"), result.get("accessToken")
