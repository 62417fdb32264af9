# `make` lists what there is to make. It takes Python 3.11 or newer, make and a package index; all else goes into .venv.
#   make test PYTHON=python3.12      with another interpreter
#   make test VENV=../env            with the environment in another place

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
# A real IdP and a real OP to log in at (npm installs samlify and oidc-provider), a browser to log in with, a second opinion on signatures,
# what mod_auth_mellon and Shibboleth's SP read metadata with, and a real AD. glewlwyd wants one of the dbconfig-…: that of SQLite is small.
PACKAGES = simplesamlphp php-cli php-xml php-mbstring php-sqlite3 php-ldap glewlwyd dbconfig-sqlite3 xmlsec1 chromium \
	python3-lasso shibboleth-sp-utils \
	samba samba-ad-dc samba-ad-provision winbind ldap-utils ldb-tools

.PHONY: help install demo test lint docs record record-interop interop bench check
.DEFAULT_GOAL := help

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## .venv, with this idptest and the tools for work on it
	@echo "$(BIN)/idptest is this folder's; try: $(BIN)/idptest login --demo"

demo: $(STAMP) ## log in a teacher and a pupil at the demo municipality, and judge both
	@$(BIN)/idptest login --demo

test: $(STAMP) ## the tests
	$(BIN)/python -m pytest

lint: $(STAMP) ## style, form and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP) ## write the generated documentation anew
	$(BIN)/python -m docs.generate

record: $(STAMP) ## record the demo's logins and the reports on them anew
	$(BIN)/python -m fixtures.record

record-interop: $(STAMP) ## record the logins at a real SimpleSAMLphp, samlify, oidc-provider and glewlwyd anew; make interop installs what that takes
	$(BIN)/python -m tests.interop.record
	$(BIN)/python -m tests.interop.record_oidc

interop: $(STAMP) ## log in at a real SimpleSAMLphp, samlify, oidc-provider and glewlwyd on this machine, with users in a real AD; as root on Debian, install what that takes
	@missing=; for package in $(PACKAGES); do \
		test "$$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>&1)" = installed || missing="$$missing $$package"; \
	done; \
	command -v node >/dev/null && command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	test -z "$$missing" && exit 0; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "installing$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	else \
		echo "missing, by Debian's names:$$missing"; \
		echo "as root on Debian: apt-get install --no-install-recommends$$missing"; \
	fi
	$(BIN)/python -m pytest -o addopts= -q --import-mode=importlib tests/interop

bench: $(STAMP) ## measure, side by side with something known
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/judge.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/oidc.py
	$(BIN)/python benchmarks/explain.py
	$(BIN)/python benchmarks/feed.py

check: $(STAMP) ## all that CI checks, but install no system package
	PYTHON="$(PYTHON)" VENV="$(VENV)" bash .ci/run --no-system-packages

# Made once, and again when what is to be installed has changed.
$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("idptest needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "installing idptest and the tools for work on it into $(VENV)"
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)
