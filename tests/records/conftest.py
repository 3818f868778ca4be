"""What the tests of bundles share: the shipped catalogue, and loading of small bundles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from orderplan.engine.places import shipped
from orderplan.engine.records import read_bundle
from orderplan.engine.schema.salesforce import load_catalogue
from tests.builders.bindings import bindings
from tests.records.bundles import a_bundle

if TYPE_CHECKING:
    from orderplan.engine.records import Loaded
    from orderplan.engine.schema.salesforce import Catalogue


class Load(Protocol):
    """Loads a bundle of these records by object, with other parts replaced."""

    def __call__(self, records: dict[str, Any] | None = None, /, **parts: Any) -> Loaded:
        """The outcome, named order.json."""
        ...


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped Salesforce catalogue."""
    return load_catalogue(shipped("schemas", "salesforce", "cpq.json"))


@pytest.fixture
def load(catalogue: Catalogue) -> Load:
    """Loading of small bundles around one order."""

    def loaded(records: dict[str, Any] | None = None, /, **parts: Any) -> Loaded:
        return read_bundle(json.dumps(a_bundle(records, **parts)).encode(), "order.json", catalogue, bindings())

    return loaded
