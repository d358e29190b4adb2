# Everything runs in .venv, which is made on first use. Needs Python 3.11+ and make alone.
NET ?= derivations/tum-i2dl/affine.yaml
COUNT ?= 5000
SECONDS ?= 600
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: derive test lint types fuzz slips trust check derivations docs bench clean
.DEFAULT_GOAL := derive

derive: $(VENV)/ready
	@$(BIN)/matcalc derive $(NET)

test: $(VENV)/ready-dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/ready-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/ready-dev
	@$(BIN)/mypy

fuzz: $(VENV)/ready-dev
	@$(BIN)/python -m tests.fuzz_texts --seconds $(SECONDS)
	@$(BIN)/python -m tests.fuzz --count $(COUNT)

slips: $(VENV)/ready-dev
	@ALL_SLIPS=1 $(BIN)/python -m pytest tests/grading/test_slips.py

# Writes docs/trust.md, in an hour. TRUST="right wrong" measures these sections anew, the others are
# kept in build/trust; what was interrupted goes on where it was.
trust: $(VENV)/ready-dev
	@$(BIN)/python -m tests.trust $(TRUST)

check: lint types test

derivations: $(VENV)/ready
	@$(BIN)/python -m derivations.write && $(BIN)/python -m derivations.gallery.write
	@$(BIN)/python -m derivations.build

bench: $(VENV)/ready-bench
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python -m benchmarks

docs: $(VENV)/ready
	@$(BIN)/matcalc rules --format markdown -o docs/rules.md

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/ready-dev: pyproject.toml $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

$(VENV)/ready-bench: pyproject.toml $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info
