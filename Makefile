# Two commands: `make run` starts the shell, `make test` checks and tests everything; `make` alone
# lists the rest.
PYTHON ?= python3
BIN := .venv/bin

# An environment that was moved, or whose Python is gone, is made again.
ifneq ($(wildcard .venv),)
ifeq ($(shell $(BIN)/python -c '' 2>/dev/null && grep -qF "$(CURDIR)/$(BIN)/python" $(BIN)/simpsh $(BIN)/pip && echo works),)
$(info the environment in .venv does not work here (it was moved, or its Python is gone); making it again)
$(shell rm -rf .venv)
endif
endif

help: ## list the targets
	@echo "make TARGET [ARGS=...] [JOBS=number of test processes]"
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1\t\2/p' Makefile | expand -t 12 | sed 's/^/  /'

# The status of the last command is the shell's, not a failure of make's.
run: .venv/run ## start the shell
	@$(BIN)/simpsh || true
	@echo "outside this shell, simpsh is $(BIN)/simpsh: $(BIN)/simpsh lesson"

# Tests wait some of their time: one process more than there are processors. With two more, the same
# tests took a seventh more of the processors' time.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# What pytest compiles of the tests is kept for the next run, whatever the environment says.
test: check ## check, and run the usual tests: minutes
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(ARGS)

t: .venv/ready ## the tests that your change touches: about a minute
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m tools.touched_tests -n $(JOBS) $(ARGS)

test-long: .venv/ready ## the tests marked long: hours
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --long $(ARGS)

test-machines: .venv/ready ## bare Debian machines as root and as a user: --help; hours, root
	@$(BIN)/python -m tools.test_machines $(ARGS)

check: .venv/ready ## formatting, lint, types, unused names, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check . lessons/*/*/lesson.py
	@$(BIN)/mypy
	@$(BIN)/vulture
	@$(BIN)/lint-imports --no-logo

bench: .venv/ready ## twelve scripts in simpsh and the installed shells
	@$(BIN)/python -m tests.bench $(ARGS)

coverage: .venv/ready ## which lines the tests run
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n $(JOBS) $(ARGS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --skip-covered --sort=cover

format: .venv/ready ## format and mend what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# What running needs: seconds. The .pth file of setuptools would run at each start of Python.
.venv/run: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "simpsh needs Python 3.11 or later; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "simpsh needs Python's venv module; install it (Debian, Ubuntu: apt install python3-venv) and run make again" >&2; exit 1; }
	@echo "setting up .venv (once, some seconds): 1 of 4, an environment"
	@$(PYTHON) -m venv .venv
	@echo "2 of 4: simpsh and four libraries"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@$(BIN)/python -m pip uninstall -qq --yes setuptools
	@echo "3 of 4: compiled modules"
	@$(BIN)/python -m compileall -q simpsh
	@echo "4 of 4: manual pages"
	@$(BIN)/python -m tools.write_manuals .venv/share/man
	@touch $@

# `pip --group` needs pip 25.1; the pip that a new environment brings may be older.
.venv/ready: .venv/run
	@echo "adding the tools for checks and tests to .venv (once, a minute): 1 of 2, pip"
	@$(BIN)/python -m pip install -qq --upgrade "pip>=25.1"
	@echo "2 of 2: the tools"
	@$(BIN)/python -m pip install -qq --editable . --group dev
	@touch $@

# Two builds of one commit are equal to the byte. The wheel is for students; dist/instructors has one
# with solutions. URL is where the source is published, SITE where the site is:
# make dist URL=https://... SITE=https://...
dist: export SIMPSH_URL := $(URL)
dist: export SIMPSH_SITE := $(SITE)
dist: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 315532800)
dist: .venv/ready ## build wheels, sdist and simpsh.pyz; build twice, compare and check
	@$(BIN)/python -m pip install -qq --group release
	@rm -rf dist build/again
	@for place in dist build/again; do \
		$(BIN)/python -m build -o $$place . >/dev/null || exit 1; \
		SIMPSH_WITH_SOLUTIONS=1 $(BIN)/python -m build --wheel -o $$place/instructors . >/dev/null || exit 1; \
	done
	@cd dist && for file in *.* */*; do cmp $$file ../build/again/$$file || exit 1; done
	@$(BIN)/twine check --strict dist/*.* dist/*/*
	@$(BIN)/python -m tools.write_zipapp dist/simpsh.pyz dist/*.whl

manuals: .venv/ready ## write the manual pages into build/man, to look at them
	@$(BIN)/python -m tools.write_manuals build/man

docs: .venv/ready ## write the documentation site, with the course, into build/site
	@$(BIN)/python -m tools.write_site --course build/site

try: .venv/ready ## build/site/try, a page with simpsh in a tab; needs apt, dpkg, npm, node, zstd, Python 3.11
	@$(BIN)/python -m tools.write_try build/site/try

pictures: .venv/ready ## before a release: record the pictures of the README in docs/pictures
	@$(BIN)/python -m tests.house.readme_pictures

clean: ## remove what was made: environment, caches, builds
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov dist build

.PHONY: run try t test test-long test-machines check bench coverage format dist manuals docs pictures clean help
