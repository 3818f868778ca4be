"""Write the example orders: `python -m tests.builders examples/orders`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.builders.examples import EXAMPLES, LATER
from tests.builders.org import to_json


def main(folder: Path) -> None:
    """Write every example into a folder, and what became of some later into the one beside it."""
    for place, builders in ((folder, EXAMPLES), (folder.parent / "later", LATER)):
        place.mkdir(parents=True, exist_ok=True)
        for name, build in builders.items():
            (place / f"{name}.json").write_text(to_json(build()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
