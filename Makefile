# Each target sets up what it needs on a fresh Debian or Ubuntu machine with Python 3.11 or newer, then does its job.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test demo check bench env env-test system lock clean

run: env
	$(BIN)/hoso serve --demo

demo: env
	$(BIN)/hoso demo --out demo-out

test: check system
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: env-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	.ci/check-tables $(BIN)/hoso
	$(BIN)/hoso law check
	$(BIN)/hoso law prove --all > /dev/null
	$(BIN)/hoso forms lint

bench: env-test
	$(BIN)/python -m bench

# Environments: one virtual environment; the stamps say which lock it was made from.
env: .venv/stamp-run
env-test: .venv/stamp-test

.venv/bin/python:
	.ci/virtual-environment "$(PYTHON)"

.venv/stamp-run: .venv/bin/python requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/stamp-test: .venv/bin/python requirements-test.lock pyproject.toml
	$(PIP) --require-hashes -r requirements-test.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@ .venv/stamp-run

# Chromium, LibreOffice and fonts that the tests drive; nothing is installed when they are there.
system:
	.ci/system-packages

# Make the locks again from pyproject.toml: hashes, no registry address.
lock:
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra build --extra test pyproject.toml -o requirements-test.lock

clean:
	rm -rf .venv var demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
