"""A base for the many small classes of syntax trees, checked rules and types.

Making sixty frozen dataclasses takes longer than checking a rule file with them; sixty named tuples take a tenth. A type
checker sees frozen dataclasses, which unlike tuples are told apart by their names; at run time they are named tuples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Self, dataclass_transform

    @dataclass_transform(frozen_default=True)
    class Immutable:
        """A class whose annotated fields are set once, when an instance is made."""

        def _replace(self, **changes: object) -> Self:
            """A copy with some fields changed."""

else:
    Immutable = NamedTuple
