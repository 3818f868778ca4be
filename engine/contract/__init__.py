"""The contract model: what CPQ orders mean, as phases, prices and amounts, exact to the cent.

`assemble` makes contracts of a bundle; `schemas/model.json` describes them; `docs/contract-model.md` explains the rules.
"""

from engine.contract.assemble import Assembly, assemble
from engine.contract.model import (
    Contract,
    Coupon,
    Item,
    OneTimeItem,
    Origin,
    Phase,
    Price,
    SkippedLine,
    Tier,
    Update,
)
from engine.contract.settings import Settings, settings_from
from engine.contract.terms import Reader, Target, Terms
from engine.money import Money, minor_units

__all__ = [
    "Assembly",
    "Contract",
    "Coupon",
    "Item",
    "Money",
    "OneTimeItem",
    "Origin",
    "Phase",
    "Price",
    "Reader",
    "Settings",
    "SkippedLine",
    "Target",
    "Terms",
    "Tier",
    "Update",
    "assemble",
    "minor_units",
    "settings_from",
]
