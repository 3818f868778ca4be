# Daily commands. Everything runs in .venv, which `setup` makes; Python 3.11 or newer is all that must be there.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo demo-apply test simulate mutate test-system lint fmt types schema grammar snapshots examples clean setup

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(STAMP)

demo: setup ## plan and show a shipped example order
	@$(BIN)/orderplan plan examples/orders/annual-subscription.json

demo-apply: setup ## apply the example order in a sandbox, and show what was made and written back
	@$(BIN)/orderplan plan examples/orders/annual-subscription.json --out .venv/demo-plan.json > /dev/null
	@$(BIN)/orderplan sandbox --org examples/orders/annual-subscription.json -- $(BIN)/orderplan apply .venv/demo-plan.json

test: setup ## all tests that need Python alone
	$(BIN)/python -m pytest -n auto --dist loadfile

simulate: setup ## bills 5,000 random contracts twice, by the forecast and by the simulator of the tests
	ORDERPLAN_SIMULATE=5000 $(BIN)/python -m pytest -n auto tests/simulator

mutate: setup ## changes one place of the money code at a time, and says which changes no test notices; SAMPLE and SEED
	$(BIN)/python benchmarks/mutate.py --sample $(or $(SAMPLE),300) --seed $(or $(SEED),1)

test-system: setup ## tests in a browser and with PostgreSQL; installs both from Debian, and a driver and a checker from npm
	@command -v chromium >/dev/null || { sudo=$$([ $$(id -u) = 0 ] || echo sudo); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; }
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { sudo=$$([ $$(id -u) = 0 ] || echo sudo); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends postgresql; }
	cd tests/system && npm ci --no-audit --no-fund --loglevel=error
	$(BIN)/python -m pytest -m system tests/system

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports
	$(BIN)/mypy

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/orderplan fmt rules/*.rules

schema: setup ## make the Stripe schema again from the installed SDK
	$(BIN)/orderplan schema generate schemas/stripe

grammar: setup ## make the parser's tables and the trees of the shipped rules again
	$(BIN)/python -m tests.syntax.kept

snapshots: setup ## accept the plans that changed; read the difference first
	$(BIN)/python -m pytest tests/snapshots --snapshot-update

examples: setup ## write the example orders again
	$(BIN)/python -m tests.builders examples/orders

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
