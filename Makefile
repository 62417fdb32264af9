# `make` lists what there is to make. Needs Python 3.11 or newer, make and a package index; everything else goes into .venv.
#   make PYTHON=python3.12 test      another interpreter
#   make VENV=/tmp/v test            another place for the environment

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: help install demo test lint docs record interop bench check
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z][a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile

install: $(STAMP)  ## make .venv, with idptest in it as it stands here, and the tools for work on it

demo: $(STAMP)  ## log in a teacher and a pupil at the demo municipality, and judge both
	@$(BIN)/idptest login --demo

test: $(STAMP)  ## the project's own tests
	$(BIN)/python -m pytest

lint: $(STAMP)  ## style, form and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP)  ## write the generated documentation anew
	$(BIN)/python -m docs.generate

record: $(STAMP)  ## record the demo's logins and reports anew
	$(BIN)/python -m fixtures.record

interop: $(STAMP)  ## log in at a real SimpleSAMLphp on this machine (Debian packages)
	@sh tests/interop/packages.sh
	$(BIN)/python -m pytest --override-ini=addopts= -q --import-mode=importlib tests/interop

bench: $(STAMP)  ## what the program costs, measured against something known
	$(BIN)/python benchmarks/startup.py

check: $(STAMP)  ## everything that CI checks, without installing system packages
	bash .ci/run --no-system-packages

# Made once, and again when what is installed changes.
$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "idptest needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ". Choose another: make PYTHON=python3.12 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)
