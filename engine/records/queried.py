"""What was queried for a bundle: a field that is empty and one that nobody asked for are two things.

Salesforce returns a queried field that is empty as null; a name that stands nowhere was not queried. A bundle can say what
was queried (`"queried": {OBJECT: [FIELD, …]}`); without that, a field counts as not queried when there are
records of its object and none has its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..schema.salesforce import Catalogue


class Queried:
    """Which fields were queried, by what the bundle says of it or by the names that its records have.

    `spare` says that no record holds a null although records come with nulls from Salesforce: whoever wrote the bundle left
    the empty fields out, and what was not queried cannot be told from what is empty.
    """

    __slots__ = ("_catalogue", "_names", "_stated", "spare")

    def __init__(
        self,
        catalogue: Catalogue,
        rows: Mapping[str, Iterable[Mapping[str, Any]]],
        stated: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._stated = {name: frozenset(fields) for name, fields in (stated or {}).items()}
        self._names: dict[str, frozenset[str]] = {}
        for name, those in rows.items():
            found: set[str] = set()
            for row in those:
                found |= row.keys()
            self._names[name] = frozenset(found)
        self.spare = stated is None and not any(None in row.values() for those in rows.values() for row in those)

    def has(self, object_name: str, field: str) -> bool:
        """Whether a field of an object was queried; of an object without records, and of an unknown field, it was."""
        names = self._names.get(object_name, frozenset())
        stated = self._stated.get(object_name)
        if field in names or (stated is not None and field in stated):
            return True
        kind = self._catalogue.objects.get(object_name)
        if kind is None or field not in kind.fields or (stated is None and not names):
            return True
        # A field that only some orgs have is not missing in an org that shows it nowhere.
        return kind.fields[field].some_orgs and not any(
            field in each for those in (self._names, self._stated) for each in those.values()
        )
