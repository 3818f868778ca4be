"""Files that extend others: what an override replaces, takes away and adds, and what it must not touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderplan.engine.syntax import format_rules
from orderplan.engine.validate import ir
from tests.validate.rules import HEADER, READS, checked, rules

BASE = (
    HEADER
    + READS
    + """
lookup usage : OrderItem.SBQQ__BillingType__c -> Text {
  "Advance", "Arrears" => "licensed"
}

part tagged {
  metadata.origin = "salesforce"
}

map customer from contract.account as account {
  name           = account.Name
  description    = account.Site
  invoice_prefix = "ACME"  final
  address when account.BillingStreet is set {
    line1 = account.BillingStreet
    city  = account.BillingCity
  }
  use tagged
}

map product from contract.products as product {
  name = product.Name
  use tagged
}

map price from contract.prices as price {
  product             = ref(product, price.product)
  currency            = price.currency
  unit_amount_decimal = minor_units(price.amount)
  nickname            = usage(price.order_item.SBQQ__BillingType__c)
}

map subscription_schedule from contract {
  customer   = ref(customer, contract.account)
  start_date = unix(contract.start)  required
  each phases from contract.phases as phase {
    end_date = unix(phase.end)
    each items from phase.items as item {
      price    = ref(price, item.price)
      quantity = item.quantity
      metadata.line = item.order_item.Id
    }
  }
}
"""
)
MIDDLE = 'rules "middle" version 1\nextend "base.rules"\n'
TEAM = 'rules "team" version 1\nextend "middle.rules"\n'


def team(folder: Path, middle: str, own: str) -> ir.CheckedRules:
    """The rules of a file that extends one that extends the base."""
    return rules(folder, base=BASE, middle=MIDDLE + middle, team=TEAM + own)


def codes(folder: Path, middle: str, own: str) -> list[str]:
    """What the third file of a chain is answered with."""
    return [each.code for each in checked(folder, base=BASE, middle=MIDDLE + middle, team=TEAM + own).findings]


def written(made: ir.CheckedRules, resource: str) -> dict[str, str]:
    """The assignments of a map: parameter, and file and line that it comes from."""
    (found,) = (each for each in made.maps if each.resource == resource)
    return _places(found.body, "")


def _places(body: tuple[ir.Statement, ...], prefix: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for each in body:
        if isinstance(each, ir.Assign):
            out[prefix + ".".join(each.path)] = Path(each.span.path).stem
        elif isinstance(each, ir.Each):
            out |= _places(each.body, f"{prefix}{'.'.join(each.path)}[].")
    return out


def test_the_last_file_of_a_chain_has_the_last_word(tmp_path: Path) -> None:
    """Three files: what each of them wrote stands where nobody after it changed it."""
    made = team(
        tmp_path,
        'override customer {\n  set name = account.Site  default "none"\n  set description = account.Fax\n  phone = truncate(account.Fax, 20)\n}\n',
        "override customer {\n  set description = account.Website\n  drop phone\n  email = account.PersonEmail\n}\n",
    )
    assert written(made, "customer") == {
        "name": "middle",
        "description": "team",
        "invoice_prefix": "base",
        "address.line1": "base",
        "address.city": "base",
        "metadata.origin": "base",
        "email": "team",
    }


def test_an_object_is_dropped_with_what_is_inside(tmp_path: Path) -> None:
    """One line takes the whole of it away."""
    made = team(tmp_path, "", "override customer {\n  drop address\n  drop metadata\n}\n")
    assert set(written(made, "customer")) == {"name", "description", "invoice_prefix"}


def test_a_replaced_assignment_brings_its_own_conditions(tmp_path: Path) -> None:
    """Those of the block around the old one go with it."""
    made = team(tmp_path, "", "override customer {\n  set address.line1 = account.Site\n}\n")
    (customer,) = (each for each in made.maps if each.resource == "customer")
    (line1,) = (each for each in customer.body if isinstance(each, ir.Assign) and each.path == ("address", "line1"))
    assert line1.conditions == ()


def test_a_block_of_an_override_gives_its_path_and_condition(tmp_path: Path) -> None:
    """As blocks do everywhere."""
    made = team(
        tmp_path,
        "",
        "override customer {\n  address when account.Site is set {\n    set line1 = account.Site\n  }\n}\n",
    )
    (customer,) = (each for each in made.maps if each.resource == "customer")
    (line1,) = (each for each in customer.body if isinstance(each, ir.Assign) and each.path == ("address", "line1"))
    assert len(line1.conditions) == 1


def test_a_list_in_a_list_is_changed_where_it_stands(tmp_path: Path) -> None:
    """`each` without rows goes into what the extended rules go over."""
    own = """
override subscription_schedule {
  each phases {
    each items {
      set quantity = item.quantity  default 1
      metadata.order = item.order_item.OrderId
    }
    trial = false
  }
}
"""
    assert written(team(tmp_path, "", own), "subscription_schedule") == {
        "customer": "base",
        "start_date": "base",
        "phases[].end_date": "base",
        "phases[].items[].price": "base",
        "phases[].items[].quantity": "team",
        "phases[].items[].metadata.line": "base",
        "phases[].items[].metadata.order": "team",
        "phases[].trial": "team",
    }


def test_another_list_of_other_rows_is_added(tmp_path: Path) -> None:
    """Both make the list together."""
    own = "override subscription_schedule {\n  each phases from contract.updates as update {\n    each items from update.items as item {\n      price = ref(price, item.price)\n    }\n  }\n}\n"
    made = team(tmp_path, "", own)
    (schedule,) = (each for each in made.maps if each.resource == "subscription_schedule")
    assert [each.name for each in schedule.body if isinstance(each, ir.Each)] == ["phase", "update"]


def test_a_lookup_line_for_two_values_is_split_where_one_changes(tmp_path: Path) -> None:
    """The other value keeps its outcome."""
    made = team(tmp_path, "", 'override lookup usage {\n  set "Arrears" => "metered"\n}\n')
    assert {key: arm.value for key, arm in made.lookups["usage"].arms.items()} == {
        "Advance": "licensed",
        "Arrears": "metered",
    }


def test_a_part_is_overridden_wherever_it_is_used(tmp_path: Path) -> None:
    """Before it takes its place."""
    made = team(tmp_path, "", 'override part tagged {\n  set metadata.origin = "crm"\n  metadata.team = "x"\n}\n')
    for resource in ("customer", "product"):
        assert {name: file for name, file in written(made, resource).items() if name.startswith("metadata")} == {
            "metadata.origin": "team",
            "metadata.team": "team",
        }


def test_a_part_is_overridden_inside_the_parts_it_uses(tmp_path: Path) -> None:
    """What a part takes from another is its own to change; what changes the other comes first, wherever it stands."""
    middle = (
        'part kind {\n  metadata.kind = "a"\n}\npart labelled {\n  use kind\n}\noverride product {\n  use labelled\n}\n'
    )
    own = 'override part labelled {\n  set metadata.kind = "b"\n}\noverride part kind {\n  metadata.more = "c"\n}\n'
    made = team(tmp_path, middle, own)
    labels = {
        name: file for name, file in written(made, "product").items() if name in ("metadata.kind", "metadata.more")
    }
    assert labels == {"metadata.kind": "team", "metadata.more": "team"}


def test_a_block_is_overridden_inside_a_part_it_uses(tmp_path: Path) -> None:
    """Only in that block."""
    made = team(tmp_path, "", 'override customer {\n  set metadata.origin = "crm"\n}\n')
    assert written(made, "customer")["metadata.origin"] == "team"
    assert written(made, "product")["metadata.origin"] == "base"


def test_a_read_block_is_overridden_by_the_name_of_its_terms(tmp_path: Path) -> None:
    """With its object where there are several."""
    own = "override read line from OrderItem {\n  set quantity = item.SBQQ__OrderedQuantity__c  required\n}\n"
    (line,) = (each for each in team(tmp_path, "", own).reads if each.target == "line")
    assert [Path(each.span.path).stem for each in line.body] == ["team", "base", "base"]


def test_settings_of_a_later_file_count(tmp_path: Path) -> None:
    """Each file changes those it names."""
    made = team(
        tmp_path,
        'settings {\n  default_currency = "eur"\n  prorate_precision = "month"\n}\n',
        'settings {\n  default_currency = "gbp"\n}\n',
    )
    assert (made.settings["default_currency"], made.settings["prorate_precision"]) == ("gbp", "month")


def test_the_last_sync_rule_counts(tmp_path: Path) -> None:
    """A team chooses its own orders."""
    made = team(tmp_path, 'sync Order when Order.Status == "Draft"\n', 'sync Order when Order.Status == "Activated"\n')
    assert made.sync is not None
    assert made.sync.soql == "Status = 'Activated'"


@pytest.mark.parametrize(
    ("middle", "own", "code"),
    [
        ("", 'override customer {\n  set invoice_prefix = "X"\n}\n', "E307"),
        ("", "override customer {\n  drop invoice_prefix\n}\n", "E307"),
        ("", 'override customer {\n  invoice_prefix = "X"\n}\n', "E307"),
        (
            "override customer {\n  set name = account.Name  final\n}\n",
            "override customer {\n  set name = account.Name\n}\n",
            "E307",
        ),
        (
            "override customer {\n  drop description\n}\n",
            "override customer {\n  set description = account.Site\n}\n",
            "E304",
        ),
        ("override customer {\n  drop description\n}\n", "override customer {\n  drop description\n}\n", "E305"),
        (
            "override customer {\n  email = account.PersonEmail\n}\n",
            "override customer {\n  email = account.PersonEmail\n}\n",
            "E306",
        ),
        (
            "",
            "override subscription_schedule {\n  each phases {\n    each itms {\n      drop quantity\n    }\n  }\n}\n",
            "E317",
        ),
        ("", "override subscription_schedule {\n  each phases {\n    drop items.quantity\n  }\n}\n", "E305"),
        ("", "override subscription_schedule {\n  phases {\n    drop items\n  }\n}\n", "E305"),
        ("", "override price update {\n  drop active\n}\n", "E303"),
        ("", "override read contract from OrderItem {\n  drop start\n}\n", "E303"),
        ("", "override part taged {\n  drop metadata.origin\n}\n", "E303"),
        ("", 'override lookup usge {\n  set "Advance" => "metered"\n}\n', "E303"),
        ("", 'override lookup usage {\n  "Advance" => "metered"\n}\n', "E306"),
        ("", 'override lookup usage {\n  set else => "metered"\n}\n', "E304"),
        ("", "override customer {\n  address.line1 = account.Site\n}\n", "E306"),
        ("", 'override customer {\n  address = ""\n}\n', "E228"),
    ],
)
def test_what_an_override_must_not_do(tmp_path: Path, middle: str, own: str, code: str) -> None:
    """A typo is never a new assignment, nothing is overwritten by accident, and what is final stays."""
    assert set(codes(tmp_path, middle, own)) == {code}


def test_a_fault_of_the_base_points_into_the_base(tmp_path: Path) -> None:
    """Findings name the file that is to be changed."""
    found = checked(
        tmp_path,
        base=BASE + "map invoice from contract {\n  custmer = 1\n}\n",
        team='rules "t" version 1\nextend "base.rules"\n',
    )
    assert {Path(each.span.path).stem for each in found.findings if each.span} == {"base"}


def test_files_that_extend_one_another_are_refused(tmp_path: Path) -> None:
    """Whatever the way round."""
    found = checked(tmp_path, a='rules "a" version 1\nextend "b.rules"\n', b='rules "b" version 1\nextend "a.rules"\n')
    assert [each.code for each in found.findings] == ["E302"]


@pytest.mark.parametrize("name", ["x" * 5000, "a\\u0000b", ".", "missing.rules"])
def test_a_base_that_cannot_be_a_file_is_a_finding(tmp_path: Path, name: str) -> None:
    """Whatever the name is."""
    found = checked(tmp_path, a=f'rules "a" version 1\nextend "{name}"\n')
    assert [each.code for each in found.findings] == ["E301"]


@pytest.mark.parametrize(
    ("statement", "fix"),
    [
        ("set phases.end_date = unix(contract.end)", "each phases { set end_date = unix(contract.end) }"),
        ("drop phases.items.quantity", "each phases { each items { drop quantity } }"),
    ],
)
def test_a_path_into_a_list_is_corrected_to_the_list(tmp_path: Path, statement: str, fix: str) -> None:
    """What the extended rules say for each row is changed inside `each`."""
    own = f"override subscription_schedule {{\n  {statement}\n}}\n"
    (found,) = checked(tmp_path, base=BASE, middle=MIDDLE, team=TEAM + own).findings
    assert found.fix == fix


def test_a_key_of_an_override_is_checked_like_any_other(tmp_path: Path) -> None:
    """A name that the row does not have is found in the override."""
    own = 'override customer key account.Idd {\n  metadata.a = "b"\n}\n'
    found = checked(tmp_path, base=BASE, middle=MIDDLE, team=TEAM + own).findings
    assert [(each.code, Path(each.span.path).stem if each.span else "") for each in found] == [("E204", "team")]


def test_a_key_is_printed_with_its_override() -> None:
    """The canonical form of a rule file keeps it."""
    text = 'rules "a" version 1\nextend "cpq.rules"\n\noverride   customer key  account.Id   { metadata.a = "b" }\n'
    assert "override customer key account.Id {\n" in format_rules(text, "a.rules")[0]
