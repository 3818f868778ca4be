"""The contract model: what CPQ orders mean, as phases, prices and amounts, exact to the cent.

`assemble` makes contracts of a bundle; `schemas/model.json` describes them; `docs/contract-model.md` explains the rules.
"""

from ..money import Money, minor_units
from .assemble import Assembly, assemble
from .catalogue import catalogued
from .model import (
    NO_ORIGINS,
    Contract,
    Coupon,
    Item,
    OneTimeItem,
    Origin,
    Origins,
    Phase,
    Price,
    SkippedLine,
    Tier,
    Update,
)
from .settings import Settings, settings_from
from .terms import Reader, Target, Terms

__all__ = [
    "NO_ORIGINS",
    "Assembly",
    "Contract",
    "Coupon",
    "Item",
    "Money",
    "OneTimeItem",
    "Origin",
    "Origins",
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
    "catalogued",
    "minor_units",
    "settings_from",
]
