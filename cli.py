"""`python cli.py` in a checkout: the same program as the installed `orderplan`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("click", "lark", "jsonschema", "jsonschema_rs", "jinja2")

if __name__ == "__main__":
    missing = [name for name in NEEDED if find_spec(name) is None]
    own = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
    if missing and own.exists() and Path(sys.prefix) != own.parent.parent:
        os.execv(own, [str(own), *sys.argv])  # noqa: S606 - the same program, in the environment that was made for it
    if missing:
        sys.stderr.write(f"{', '.join(missing)} not installed\n  = try: make setup, or pipx install .\n")
        sys.exit(2)

from orderplan.engine.commands import main

if __name__ == "__main__":
    main(prog_name="orderplan")
