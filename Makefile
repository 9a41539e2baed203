# Needs Python 3.11 or newer, make and a network. Everything else is set up in .venv.
.DEFAULT_GOAL := help
.PHONY: help demo test test-oldest chaos bench lint types docs clean

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
OLDEST := .venv-oldest
OLDEST_DUCKDB := 1.5.5
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

help:
	@echo "make demo   set up, build the example tables from real flights with DuckDB, show the result"
	@echo "make test   set up, check style and types, run all tests"
	@echo "make test-oldest   run the tests that touch DuckDB with the oldest version that is supported"
	@echo "make chaos  kill, cut off and collide backfills on PostgreSQL at random: ROUNDS=100 SEED=0"
	@echo "make bench  measure what swathe costs over the engine: ONLY='startup duckdb' RUNS=5 SCALE=1"
	@echo "make docs   write the generated pages of docs/ anew"
	@echo "make clean  remove what the others made"

$(VENV)/.core: pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer was found" >&2; exit 1; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.core
	@echo "installing what the tests need"
	@$(PIP) install --editable '.[test]'
	@touch $@

demo: $(VENV)/.core
	@$(BIN)/swathe backfill --yes
	@echo
	@$(BIN)/swathe status
	@echo
	@$(BIN)/swathe preview rolling_delays --partition 2013-12-31 --limit 5

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.test
	@$(BIN)/mypy

test: lint types
	@$(BIN)/python -m pytest -n 2 --dist worksteal

$(OLDEST)/.test: pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer was found" >&2; exit 1; }
	@echo "setting up $(OLDEST) with DuckDB $(OLDEST_DUCKDB)"
	@$(PYTHON) -m venv $(OLDEST)
	@echo '*' > $(OLDEST)/.gitignore
	@$(OLDEST)/bin/python -m pip --disable-pip-version-check --quiet install --editable '.[test]' 'duckdb==$(OLDEST_DUCKDB)'
	@touch $@

test-oldest: $(OLDEST)/.test
	@$(OLDEST)/bin/python -m pytest -n 2 --dist worksteal tests/engine tests/golden tests/e2e

ROUNDS ?= 100
SEED ?= 0
chaos: $(VENV)/.test
	@cd tests && ../$(BIN)/python -m chaos --rounds $(ROUNDS) --seed $(SEED)

RUNS ?= 5
SCALE ?= 1
bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks --runs $(RUNS) --scale $(SCALE) $(addprefix --only ,$(ONLY)) $(addprefix --write ,$(WRITE))

docs: $(VENV)/.test
	@$(BIN)/python -m swathe.cli.reference docs/cli.md

clean:
	rm -rf $(VENV) $(OLDEST) target flights.duckdb flights.duckdb.wal .mypy_cache .pytest_cache .ruff_cache .hypothesis
