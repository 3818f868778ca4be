"""The types of the rule language: what a value can be, whatever side it comes from."""

from __future__ import annotations

from ..immutable import Immutable
from .salesforce import FieldType

SCALARS = {
    "text": "Text",
    "int": "Int",
    "decimal": "Decimal",
    "bool": "Bool",
    "date": "Date",
    "datetime": "DateTime",
    "timestamp": "Timestamp",
    "money": "Money",
    "minor": "MinorUnits",
    "never": "nothing",
}
"""Kinds of type with one value, and their names in the language."""

_SALESFORCE = {
    "int": "int",
    "double": "decimal",
    "currency": "decimal",
    "percent": "decimal",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
}


class Type(Immutable):
    """A type: its kind, what it names, and whether the value may be absent.

    `kind` is a key of SCALARS, or `record` (name: the Salesforce object), `role` (name: a role of the contract model that
    the rules bind to no object), `model` (name: the definition in
    schemas/model.json), `ref` (name: the Stripe resource), `list` (of `item`), or `object`. A text with `values` is one
    of these (a picklist, the outcomes of a lookup, a constant); `values` of a picklist are what the schema lists.
    `max_length` bounds a text.
    """

    kind: str
    name: str = ""
    values: tuple[str, ...] | None = None
    item: Type | None = None
    optional: bool = False
    max_length: int | None = None

    @property
    def present(self) -> Type:
        """The same type, never absent."""
        return self._replace(optional=False) if self.optional else self

    def may_be_absent(self, *, optional: bool = True) -> Type:
        """The same type, absent-able where `optional` says so."""
        return self._replace(optional=True) if optional and not self.optional else self

    def __str__(self) -> str:
        if self.kind in ("record", "model", "role"):
            words = self.name
        elif self.kind == "ref":
            words = f"reference to a {self.name}"
        elif self.kind == "list":
            words = f"list of {self.item}"
        elif self.kind == "text" and self.name:
            words = f"picklist {self.name}"
        else:
            words = SCALARS.get(self.kind, self.kind)
        return f"{words}, may be absent" if self.optional else words


TEXT = Type("text")
INT = Type("int")
DECIMAL = Type("decimal")
BOOL = Type("bool")
DATE = Type("date")
DATETIME = Type("datetime")
TIMESTAMP = Type("timestamp")
MONEY = Type("money")
MINOR = Type("minor")
NEVER = Type("never")
OBJECT = Type("object")

NAMED = {"Int": INT, "Text": TEXT, "Decimal": DECIMAL, "Bool": BOOL}
"""The types that a lookup may result in, by the names used in rules."""


def field_type(object_name: str, field: FieldType) -> Type:
    """The type of a Salesforce field: it may be absent where describe calls it nillable, for a blank is stored as null."""
    kind = _SALESFORCE.get(field.type, "text")
    nillable = field.nillable
    if field.type == "picklist":
        return Type(
            "text", f"{object_name}.{field.name}", field.picklist or None, optional=nillable, max_length=field.length
        )
    return Type(kind, optional=nillable, max_length=field.length if kind == "text" else None)


def record_type(object_name: str, *, optional: bool = False) -> Type:
    """A Salesforce record."""
    return Type("record", object_name, optional=optional)
