"""The page of a plan in a real browser: quiet, alone, readable by everyone, at every width, without scripts and on paper."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders.examples import EXAMPLES
from tests.system.conftest import DEEP, LONG, OWN, UNFOLDED, WIDTHS, visits

pytestmark = pytest.mark.system

PAGES = (*EXAMPLES, *OWN)
Report = dict[str, Any]


def _rules(violations: list[dict[str, Any]]) -> list[str]:
    return [f"{each['impact']} {each['id']}: {each['nodes'][:2]}" for each in violations]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_said_on_the_console(browser: Report, name: str) -> None:
    """No error of a script, and no resource that the page's own policy refuses."""
    assert [each["console"] for each in visits(browser[name]) if each["console"]] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded(browser: Report, name: str) -> None:
    """The file is all there is: it can be mailed, kept and opened without a network."""
    assert [each["requests"] for each in visits(browser[name]) if each["requests"]] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [each for each in PAGES if each not in LONG])
def test_axe_finds_nothing(browser: Report, name: str, theme: str) -> None:
    """Names, roles, contrast and order, for people who see otherwise or not at all."""
    assert _rules(browser[name]["axe"][theme]["violations"]) == []


def test_the_themes_differ(browser: Report) -> None:
    """Dark follows the reader's setting."""
    grounds = {theme: browser["ramp"]["axe"][theme]["ground"] for theme in ("light", "dark")}
    assert grounds["light"] != grounds["dark"]


@pytest.mark.parametrize("width", ["360", "768", "1440"])
@pytest.mark.parametrize("name", WIDTHS)
def test_the_page_never_scrolls_sideways(browser: Report, name: str, width: str) -> None:
    """Neither as it opens nor with everything unfolded; only the time line scrolls inside its own frame."""
    found = browser[name]["overflow"][width]
    assert (found["closed"], found["opened"]) == (0, 0)


@pytest.mark.parametrize("name", UNFOLDED)
def test_axe_finds_nothing_when_all_is_unfolded(browser: Report, name: str) -> None:
    """What is folded at first is as readable as the rest, on a phone too."""
    assert _rules(browser[name]["overflow"]["360"]["violations"]) == []


@pytest.mark.parametrize("name", DEEP)
def test_without_scripts_everything_is_there_but_the_filter(browser: Report, name: str) -> None:
    """A page from a mailbox or a ticket often runs no script."""
    plain = browser[name]["plain"]
    assert plain["calls"] == browser[name]["search"]["all"]
    assert not plain["tools"]
    assert plain["opened"]
    for words in ("Invoices", "Reconciliation", "Calls", "Digest of the calls"):
        assert words in plain["text"]


@pytest.mark.parametrize("name", DEEP)
def test_the_filter_leaves_what_fits(browser: Report, name: str) -> None:
    """A slash goes to the filter; it shows the calls and parameters that have all the words, and says how many."""
    search = browser[name]["search"]
    amounts = search["steps"]["unit_amount_decimal"]
    assert search["focused"] == "search"
    assert 0 < amounts["calls"] < search["all"]
    assert all("unit_amount_decimal" in each for each in amounts["rows"])
    assert amounts["said"].startswith(f"{amounts['calls']} of {search['all']} calls")


@pytest.mark.parametrize("name", DEEP)
def test_the_filter_finds_write_backs(browser: Report, name: str) -> None:
    """What goes back to Salesforce can be looked for like a parameter."""
    assert browser[name]["search"]["steps"]["write back stripe_id__c"]["calls"] > 0


@pytest.mark.parametrize("name", DEEP)
def test_the_filter_is_taken_back(browser: Report, name: str) -> None:
    """Nothing fits nonsense; an empty filter and Escape bring all calls back."""
    search = browser[name]["search"]
    assert search["steps"]["no such thing at all"]["calls"] == 0
    assert search["steps"][""]["calls"] == search["all"]
    assert search["after"] == search["all"]


@pytest.mark.parametrize("name", DEEP)
def test_the_keyboard_is_enough(browser: Report, name: str) -> None:
    """The first stop skips the head, calls fold with Enter, and the focus can be seen at every stop."""
    keyboard = browser[name]["keyboard"]
    assert keyboard["skip"]["text"] == "Skip to the content"
    assert keyboard["skip"]["left"] >= 0
    assert keyboard["main"] == "content"
    assert keyboard["toggled"]
    assert set(keyboard["reached"]) == {"solid"}


@pytest.mark.parametrize("name", DEEP)
def test_references_lead_to_their_calls(browser: Report, name: str) -> None:
    """Every link has its place on the page, and a folded call opens when a link points to it."""
    links = browser[name]["links"]
    assert links["broken"] == []
    assert links["target"]["open"]
    assert 0 <= links["target"]["top"] < 900


@pytest.mark.parametrize("name", DEEP)
def test_paper_is_black_on_white_and_unfolded(browser: Report, name: str) -> None:
    """Also when the screen was dark and the calls were folded; what cannot be used on paper is not there."""
    paper = browser[name]["print"]
    assert (paper["ground"], paper["ink"]) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    assert paper["table"]
    assert not paper["tools"]
    assert not paper["nav"]


@pytest.mark.parametrize("name", DEEP)
def test_no_text_of_the_drawing_is_cut_off(browser: Report, name: str) -> None:
    """Labels stay inside the drawing, which has a title and says in words what it shows."""
    for drawing in browser[name]["markup"]["drawing"]:
        assert drawing["clipped"] == []
        assert drawing["title"]
        assert "invoice" in drawing["desc"]


@pytest.mark.parametrize("name", DEEP)
def test_a_record_cannot_write_into_the_page(browser: Report, name: str) -> None:
    """Whatever a name holds, the page's own script is the only one, and nothing ran."""
    assert browser[name]["markup"]["scripts"] == 1
    assert browser[name]["markup"]["handlers"] == 0
    assert [each for each in visits(browser[name]) if each["dialogs"]] == []


def test_figures_stand_in_columns(browser: Report) -> None:
    """All digits are equally wide, so that amounts can be compared."""
    assert browser["coupons"]["markup"]["figures"] == "tabular-nums"
