"""The bindings of the shipped rules: what loading a bundle of Salesforce CPQ needs to know of them."""

from __future__ import annotations

from functools import cache

from orderplan.engine.bindings import Bindings
from orderplan.engine.places import shipped
from orderplan.engine.validate import check_file


@cache
def bindings() -> Bindings:
    """What `rules/cpq.rules` binds to the roles and relations of the contract model."""
    rules = check_file(str(shipped("rules", "cpq.rules"))).rules
    assert rules is not None
    return rules.bindings
