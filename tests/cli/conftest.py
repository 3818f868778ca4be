"""Tests of the command line run in the project's folder, without the developer's own environment."""

from __future__ import annotations

import pytest

from tests.cli.commands import ROOT


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("ORDERPLAN_REDACTION_KEY", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
