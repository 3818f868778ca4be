# Daily commands. Everything runs in .venv, which `setup` makes; Python 3.11 or newer is all that must be there.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test test-system lint fmt types schema snapshots examples clean setup

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(STAMP)

demo: setup ## plan and show a shipped example order
	@$(BIN)/orderplan plan examples/orders/annual-subscription.json

test: setup ## all tests that need Python alone
	$(BIN)/python -m pytest

test-system: setup ## tests that need a browser, Node or a database server; none yet
	@echo "no system tests yet"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: setup
	$(BIN)/ruff format engine cli.py tests benchmarks
	$(BIN)/orderplan fmt rules/*.rules

schema: setup ## make the Stripe schema again from the installed SDK
	$(BIN)/orderplan schema generate schemas/stripe

snapshots: setup ## accept the plans that changed; read the difference first
	$(BIN)/python -m pytest tests/snapshots --snapshot-update

examples: setup ## write the example orders again
	$(BIN)/python -m tests.builders examples/orders

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
