# Two commands: `make run` starts the shell, `make test` checks and tests everything.
PYTHON ?= python3
BIN := .venv/bin

run: .venv/ready
	@$(BIN)/simpsh

JOBS ?= auto

test: check
	@$(BIN)/python -m pytest -q -n $(JOBS) $(ARGS)

check: .venv/ready
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: .venv/ready
	@$(BIN)/python -m tests.bench $(ARGS)

coverage: .venv/ready
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n $(JOBS) $(ARGS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --skip-covered --sort=cover

format: .venv/ready
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# `pip --group` needs pip 25.1; the pip that a new environment brings may be older.
.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "simpsh needs Python 3.11 or later; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "simpsh needs Python's venv module; install it (Debian, Ubuntu: apt install python3-venv) and run make again" >&2; exit 1; }
	@echo "setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install -qq --editable . --group dev
	@$(BIN)/python -m compileall -q simpsh
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov dist build

.PHONY: run test check bench coverage format clean
