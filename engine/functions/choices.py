"""Functions that evaluate only the arguments they need, and so are compiled in place: `expressions.py` of `program`."""

from __future__ import annotations

from .form import ANY_KINDS, Example, Function, Parameter

FUNCTIONS = (
    Function(
        "first",
        (Parameter("values", ANY_KINDS),),
        None,
        "the first of the values that is set",
        (Example("first(contract.account.Jigsaw, contract.account.Name)", "Brightwater Clinics"),),
        None,
        least=2,
        variadic=True,
    ),
    Function(
        "if",
        (Parameter("condition", ("bool",)), Parameter("then", ANY_KINDS), Parameter("otherwise", ANY_KINDS)),
        None,
        "one value or the other",
        (Example('if(contract.kind == "evergreen", "release", "cancel")', "cancel"),),
        None,
    ),
)
