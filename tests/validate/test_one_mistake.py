"""One mistake is one finding: what follows from it is not said again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validate.rules import HEADER, READS, checked, findings

MAPS = """
map customer from contract.account as account {
  name = account.Name
}
"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(
            MAPS.replace("map customer", "map custmer")
            + "map invoice from contract {\n  customer = ref(customer, contract.account)\n}\n",
            "E221",
            id="a misspelt resource that others refer to",
        ),
        pytest.param(
            MAPS.replace("contract.account ", "contract.acount ")
            + "map invoice from contract {\n  customer = ref(customer, contract.account)\n}\n",
            "E205",
            id="rows that do not exist",
        ),
        pytest.param(
            'map tax_rate from contract.account as account {\n  displya_name = "x"\n  inclusive = true\n  percentage = 3\n}\n',
            "E201",
            id="a misspelt required parameter",
        ),
        pytest.param(
            "read rate from ConsumptionRate as rate {\n  of = rate.ConsumptionSchedule\n  prcie = rate.Price\n  pricing_method = rate.PricingMethod\n}\n",
            "E238",
            id="a misspelt required term",
        ),
        pytest.param(
            'lookup usage : OrderItem.SBQQ__BilingType__c -> Text {\n  else => "licensed"\n}\n'
            + MAPS.replace("account.Name", "usage(account.Industry)"),
            "E204",
            id="a lookup with a fault",
        ),
        pytest.param(
            'settings {\n  usage_metr = "mtr_1"\n}\n' + MAPS.replace("account.Name", "settings.usage_meter"),
            "E310",
            id="a misspelt setting",
        ),
        pytest.param(
            MAPS.replace("account.Name", "account.Nmae") + "sync Order when Order.IsDeleted\n",
            "E204",
            id="a misspelt field",
        ),
        pytest.param(MAPS.replace("as account", "as acount"), "E206", id="a misspelt row"),
    ],
)
def test_one_mistake_is_one_finding(tmp_path: Path, body: str, code: str) -> None:
    """The place to look is the place of the mistake."""
    assert findings(tmp_path, body) == [code]


def test_faults_of_syntax_are_said_before_all_others(tmp_path: Path) -> None:
    """A file that cannot be read is not checked any further."""
    body = MAPS.replace("account.Name", "account.Nmae") + "sync Order when = 1\n"
    assert findings(tmp_path, body) == ["E101"]


def test_the_same_finding_is_said_once(tmp_path: Path) -> None:
    """A part that two maps use is checked in each of them."""
    body = """
part tagged {
  metadata.total = contract.term_months
}

map customer from contract.account as account {
  use tagged
}

map product from contract.products as product {
  name = product.Name
  use tagged
}
"""
    found = checked(tmp_path, test=HEADER + READS + body).findings
    assert [(each.code, each.scope) for each in found] == [("E210", "map customer")]


def test_findings_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    """From top to bottom, whatever was checked first."""
    body = (
        "sync Order when Order.Nmae is set\n"
        + MAPS.replace("account.Name", "account.Nmae")
        + "lookup l : Order.Statsu -> Int {\n}\n"
    )
    found = checked(tmp_path, test=HEADER + READS + body).findings
    lines = [each.span.line for each in found if each.span]
    assert lines == sorted(lines)
    assert len(lines) == 3
