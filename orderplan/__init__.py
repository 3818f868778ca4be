"""orderplan: Salesforce CPQ orders become Stripe Billing calls, by rules kept in version control.

The parts are in `orderplan.engine`. In a checkout that package lies beside this one, in an installed wheel inside it.
"""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent

if not (_CHECKOUT / "orderplan" / "engine").is_dir() and (_CHECKOUT / "engine" / "__init__.py").is_file():
    __path__.append(str(_CHECKOUT))
