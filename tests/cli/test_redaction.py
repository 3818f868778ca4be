"""What commands show of sensitive values: keys and their least length, what is said without one, titles and sums of `diff`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.commands import ANNUAL, ROOT, TEAM, invoked

KEY = "a key of the tests, long enough"
HEAD = 'rules "acme" version 1\nextend "cpq.rules"\n\n'
NAME_HIDDEN = HEAD + "override customer {\n  set name = account.Name  sensitive\n}\n"
NAME_CHANGED = HEAD + "override customer {\n  set name = upper(account.Name)\n}\n"
PRICE_HIDDEN = HEAD + "override price {\n  set unit_amount_decimal = minor_units(price.amount)  sensitive\n}\n"


def rules(folder: Path, text: str, name: str = "acme.rules") -> str:
    """A rule file with a text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("key", ["k", "fifteen bytes !", "fünfzehn byte!"], ids=["one", "fifteen", "umlauts"])
def test_a_short_key_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by rules without sensitive values, and by `diff` that plans: the key is wrong whatever it is used for."""
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", key)
    assert len(key.encode()) < 16
    for arguments in (("plan", ANNUAL), ("diff", ANNUAL, ANNUAL), ("forecast", ANNUAL)):
        done = invoked(*arguments)
        assert (done.status, done.out) == (2, "")
        assert f"error[E910]: ORDERPLAN_REDACTION_KEY has {len(key.encode())} byte" in done.err
        assert "openssl rand -hex 32" in done.err


def test_sixteen_bytes_are_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes count, and not characters."""
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", "ü" * 8)
    assert invoked("plan", ANNUAL).status == 0


def test_the_digest_of_the_bundle_has_the_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a value could be found by trying bundles until the plain digest fits; `key` tells keys apart."""

    def bundle() -> dict[str, str]:
        found: dict[str, str] = json.loads(invoked("plan", ANNUAL, "--format", "json").out)["inputs"]["bundle"]
        return found

    plain = hashlib.sha256((ROOT / ANNUAL).read_bytes()).hexdigest()
    assert bundle() == {"path": ANNUAL, "sha256": plain}
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", KEY)
    keyed = bundle()
    assert "sha256" not in keyed
    assert keyed["hmac_sha256"] != plain
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", KEY[::-1])
    assert bundle()["hmac_sha256"] != keyed["hmac_sha256"]
    assert bundle()["key"] != keyed["key"]


def test_plans_of_two_bundles_under_one_key_can_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key has an id, so that a different digest is known to be a different value."""
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", KEY)
    team, other = rules(tmp_path, TEAM), tmp_path / "other.json"
    text = (ROOT / ANNUAL).read_text(encoding="utf-8")
    email = next(each["Email"] for each in json.loads(text)["records"]["Contact"] if each.get("Email"))
    other.write_text(text.replace(email, "somebody@example.com"), encoding="utf-8")
    plans = []
    for number, bundle in enumerate((ANNUAL, str(other))):
        plans.append(tmp_path / f"{number}.json")
        plans[-1].write_text(invoked("plan", bundle, "--rules", team, "--format", "json").out, encoding="utf-8")
    done = invoked("diff", *map(str, plans))
    assert "email" in done.out
    assert ("cannot be compared" in done.out, done.err) == (False, "")
    monkeypatch.setenv("ORDERPLAN_REDACTION_KEY", KEY[::-1])
    plans[1].write_text(invoked("plan", str(other), "--rules", team, "--format", "json").out, encoding="utf-8")
    assert "cannot be compared" in invoked("diff", *map(str, plans)).out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
@pytest.mark.parametrize("way", [(0, 1), (1, 0)], ids=["newly hidden", "no longer hidden"])
def test_no_title_is_shown_that_one_side_hides(form: str, way: tuple[int, int], tmp_path: Path) -> None:
    """The name of the account is the title of its customer on the side that does not mark it; every example has one."""
    sides = rules(tmp_path, NAME_CHANGED, "open.rules"), rules(tmp_path, NAME_HIDDEN, "hidden.rules")
    chosen = [argument for at in way for argument in ("--rules", sides[at])]
    examples = sorted((ROOT / "examples" / "orders").glob("*.json"))
    records = [json.loads(each.read_text(encoding="utf-8"))["records"] for each in examples]
    names = {each["Name"].lower() for one in records for each in one["Account"]}
    out = invoked("diff", *chosen, *map(str, examples), "--format", form).out.lower()
    assert out.count("/name" if form == "json" else "(sensitive") > 1
    assert [each for each in names if each in out] == []


def test_no_sum_is_shown_that_is_made_of_sensitive_prices(tmp_path: Path) -> None:
    """`forecast` withholds it, and so does `diff`, also of plans that were saved with their values."""
    team, more = rules(tmp_path, PRICE_HIDDEN), tmp_path / "more.json"
    bundle = json.loads((ROOT / ANNUAL).read_text(encoding="utf-8"))
    bundle["records"]["OrderItem"][0]["Quantity"] += 1
    more.write_text(json.dumps(bundle), encoding="utf-8")
    saved = [str(tmp_path / "old.json"), str(tmp_path / "new.json")]
    for path, source in zip(saved, (ANNUAL, str(more)), strict=True):
        assert invoked("plan", source, "--rules", team, "--out", path).status == 0
    for form in ("text", "json"):
        done = invoked("diff", *saved, "--format", form)
        assert "quantity" in done.out
        assert "USD" not in done.out
        assert '"old": {' not in done.out
    assert json.loads(invoked("diff", *saved, "--format", "json").out)["summary"]["money"] == []
    assert (
        json.loads(invoked("diff", "--rules", team, "--rules", team, ANNUAL, "--format", "json").out)["summary"][
            "money"
        ]
        == []
    )
    plain = [*map(str, (tmp_path / "a.json", tmp_path / "b.json"))]
    for path, source in zip(plain, (ANNUAL, str(more)), strict=True):
        invoked("plan", source, "--out", path)
    assert json.loads(invoked("diff", *plain, "--format", "json").out)["summary"]["money"] != []


def test_figures_of_a_reference_hide_sensitive_prices(tmp_path: Path) -> None:
    """A line that is billed by another price shows what differs between the two prices, but not what nobody is shown."""
    team, dearer = rules(tmp_path, PRICE_HIDDEN), tmp_path / "dearer.json"
    bundle = json.loads((ROOT / ANNUAL).read_text(encoding="utf-8"))
    line = bundle["records"]["OrderItem"][0]
    line |= {"UnitPrice": line["UnitPrice"] * 2, "TotalPrice": line["TotalPrice"] * 2}
    dearer.write_text(json.dumps(bundle), encoding="utf-8")
    saved = [str(tmp_path / "old.json"), str(tmp_path / "new.json")]
    for path, source in zip(saved, (ANNUAL, str(dearer)), strict=True):
        assert invoked("plan", source, "--rules", team, "--out", path).status == 0
    for form in ("text", "json", "markdown", "html"):
        out = invoked("diff", *saved, "--format", form).out
        assert "unit_amount_decimal" in out
        assert [each for each in ("120000", "240000") if each in out] == []
