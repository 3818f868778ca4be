"""Values that would be obeyed by a terminal or a browser, and paths that a plan file brings along."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import ANNUAL, ROOT, orderplan

OBEYED = "\N{RIGHT-TO-LEFT OVERRIDE}", "\x07", "\x1b[8m", "\x9b2J", "\N{ZERO WIDTH SPACE}", "\N{LINE SEPARATOR}"
EVIL = "evil" + "".join(OBEYED)


def hostile(value: Any) -> Any:
    """A plan document whose names, titles and resources hold what is obeyed."""
    if isinstance(value, dict):
        return {
            name: f"{each}{EVIL}"
            if name in {"title", "resource", "name", "path", "record", "description"}
            else hostile(each)
            for name, each in value.items()
        }
    return [hostile(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A saved plan."""
    path = tmp_path / "plan.json"
    assert orderplan("plan", ANNUAL, "--out", str(path)).status == 0
    return path


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_view_of_a_plan_file_obeys_nothing(form: str, plan: Path) -> None:
    """Whatever part of the file holds it, titles and resources too."""
    document = json.loads(plan.read_text())
    evil = hostile(document)
    evil["calls"] = [{**each, "title": each["title"] + EVIL, "source": each["source"]} for each in document["calls"]]
    for changed in (evil, {**document, "calls": evil["calls"]}):
        plan.write_text(json.dumps(changed))
        outcome = orderplan("show", "--format", form, str(plan))
        assert outcome.status in (0, 1)
        assert [each for each in OBEYED if each in outcome.out + outcome.err] == []
    assert "evil\\u202e" in outcome.out


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_a_comparison_obeys_nothing(form: str, plan: Path, tmp_path: Path) -> None:
    """Of two plan files, of which one is evil."""
    document = json.loads(plan.read_text())
    document["calls"] = [
        {**each, "title": each["title"] + EVIL, "params": {**each["params"], "description": EVIL}}
        for each in document["calls"]
    ]
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    outcome = orderplan("diff", "--format", form, str(plan), str(other))
    assert outcome.status == 0
    assert [each for each in OBEYED if each in outcome.out + outcome.err] == []
    assert "evil" in outcome.out


def test_an_order_with_obeyed_characters_is_shown_with_escapes(tmp_path: Path) -> None:
    """From the bundle on."""
    text = Path(ANNUAL).read_text().replace("Brightwater Clinics", "Brightwater\\u202eClinics\\u0007")
    bundle = tmp_path / "order.json"
    bundle.write_text(text)
    for form in ("text", "html"):
        outcome = orderplan("plan", "--format", form, str(bundle))
        assert outcome.status == 0
        assert [each for each in OBEYED if each in outcome.out] == []
        assert "\\u202e" in outcome.out


# --- paths in a plan file ---


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_a_path_in_a_plan_is_opened_only_where_it_is_a_file(kind: str, plan: Path, tmp_path: Path) -> None:
    """A pipe would hang, a device would not end."""
    pipe = tmp_path / "pipe.rules"
    os.mkfifo(pipe)
    path = {"pipe": str(pipe), "device": "/dev/zero", "folder": str(ROOT)}[kind]
    document = json.loads(plan.read_text().replace("rules/cpq.rules", path))
    plan.write_text(json.dumps(document))
    for arguments in (
        ["show", str(plan)],
        ["show", "--format", "html", str(plan)],
        ["explain", str(plan), "customer/001W00001000001IAA"],
    ):
        outcome = orderplan(*arguments)
        assert (outcome.status, "Traceback" in outcome.err) == (0, False)


def test_a_tiny_price_in_a_plan_is_read_at_once(plan: Path) -> None:
    """An exponent of a thousand million is no amount."""
    text = plan.read_text()
    document = json.loads(text)
    price = next(each for each in document["calls"] if each["resource"] == "price")
    price["params"]["unit_amount_decimal"] = "1e-999999999"
    plan.write_text(json.dumps(document))
    for command in ("show", "forecast"):
        outcome = orderplan(command, str(plan))
        assert (outcome.status, "Traceback" in outcome.err) == (1, False)
        assert "unit_amount_decimal" in outcome.err
