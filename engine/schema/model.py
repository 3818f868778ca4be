"""The contract model as the rule language sees it: `schemas/model.json` read into types."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..diagnostics import OrderplanError
from ..places import shipped
from .types import BOOL, DATE, DATETIME, DECIMAL, INT, MONEY, OBJECT, TEXT, Type

if TYPE_CHECKING:
    from ..bindings import Bindings

TERMS = {
    "contract": "ContractTerms",
    "agreement": "AgreementTerms",
    "line": "LineTerms",
    "price": "PriceTerms",
    "schedule": "ScheduleTerms",
    "schedule_use": "ScheduleUseTerms",
    "rate": "RateTerms",
    "coupon": "CouponTerms",
    "offer": "OfferTerms",
}
"""What `read` fills: the word after `read`, and its definition."""


@dataclass(frozen=True, slots=True)
class ModelField:
    """A field of the model: its type and meaning, and its default where it is a setting.

    `role` is that of the record it holds, also where rules bind it to an object; `needed` says of a relation that a plan
    is wrong without the record it leads to; `currency` that it holds a currency's code.
    """

    name: str
    type: Type
    description: str
    default: Any = None
    needed: bool = False
    role: str = ""
    currency: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of model object; `role` is that of the objects which terms are read from."""

    name: str
    description: str
    fields: dict[str, ModelField]
    role: str = ""


@dataclass(frozen=True, slots=True)
class ModelSchema:
    """All definitions of the contract model, its terms and its settings."""

    definitions: dict[str, Definition]
    sha256: str

    @property
    def settings(self) -> dict[str, ModelField]:
        """The switches, by name."""
        return self.definitions["Settings"].fields

    def terms(self, target: str) -> Definition | None:
        """What `read TARGET` may fill."""
        name = TERMS.get(target)
        return self.definitions.get(name) if name else None

    def bound(self, bindings: Bindings) -> ModelSchema:
        """The model with the objects that rules bind in the place of its roles; a role without an object stays one."""
        return ModelSchema({name: _with_roles(each, bindings) for name, each in self.definitions.items()}, self.sha256)


def _with_roles(definition: Definition, bindings: Bindings) -> Definition:
    """A definition with bound roles; only fields that have one are made anew, which is what takes time."""
    own = {name: each for name, each in definition.fields.items() if (each.type.item or each.type).kind == "role"}
    if not own:
        return definition
    fields = {name: replace(each, type=_bound(each.type, bindings)) for name, each in own.items()}
    return replace(definition, fields=definition.fields | fields)


def _bound(type_: Type, bindings: Bindings) -> Type:
    if type_.kind == "list" and type_.item is not None:
        return type_._replace(item=_bound(type_.item, bindings))
    own = bindings.own(type_.name) if type_.kind == "role" else ""
    return type_._replace(kind="record", name=own) if own else type_


@lru_cache(maxsize=1)
def load_model() -> ModelSchema:
    """The shipped model.

    Raises:
        OrderplanError: when the installation lacks it or it is damaged.
    """
    from hashlib import sha256

    path = shipped("schemas", "model.json")
    try:
        content = path.read_bytes()
        document = json.loads(content)
        definitions = {name: _definition(name, each) for name, each in document["$defs"].items()}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise OrderplanError("E904", f"{path} cannot be used: {fault}", "install orderplan again") from fault
    return ModelSchema(definitions, sha256(content).hexdigest())


def _definition(name: str, raw: dict[str, Any]) -> Definition:
    required = set(raw.get("required", ()))
    fields = {
        field: ModelField(
            field,
            _type(each).may_be_absent(optional=field not in required),
            each.get("description", ""),
            each.get("default"),
            bool(each.get("x-needed")),
            each.get("x-role", ""),
            bool(each.get("x-currency")),
        )
        for field, each in raw["properties"].items()
    }
    return Definition(name, raw.get("description", ""), fields, raw.get("x-role", ""))


def _type(raw: dict[str, Any]) -> Type:
    if "x-role" in raw:
        return Type("role", raw["x-role"])
    if "$ref" in raw:
        return Type("model", raw["$ref"].rpartition("/")[2])
    special = {"money": MONEY, "decimal": DECIMAL}.get(raw.get("x-type", ""))
    if special:
        return special
    if "enum" in raw:
        return Type("text", values=tuple(raw["enum"]))
    kind = raw.get("type")
    if kind == "array":
        return Type("list", item=_type(raw["items"]))
    if kind == "string":
        return {"date": DATE, "date-time": DATETIME}.get(raw.get("format", ""), TEXT)
    return {"integer": INT, "boolean": BOOL, "object": OBJECT, "number": DECIMAL}[kind or ""]
