# Each target is one line over the tool itself. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
GROUP ?= examples/meridian
PORT ?= 8501

.DEFAULT_GOAL := help
.PHONY: help demo serve test check bench lock clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: .venv/demo.stamp  ## chat with the four sample brands
	@$(BIN)/marque serve $(GROUP) --port $(PORT) --ingest-missing

serve: .venv/demo.stamp  ## serve GROUP=folder on PORT=8501
	@$(BIN)/marque serve $(GROUP) --port $(PORT)

test: .venv/dev.stamp  ## the whole test suite
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

check: .venv/dev.stamp  ## linters, types, import rules
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/dev.stamp  ## speed of releases, of growing brands, and beside the tutorial's stack (PEER=its script, PEER_PYTHON=its interpreter), search on DATA=folder
	$(BIN)/marque bench speed $(GROUP) $(if $(PEER),--peer $(PEER)) $(if $(PEER_PYTHON),--peer-python $(PEER_PYTHON)) --results evals/results
	$(BIN)/marque bench releases --results evals/results
	$(BIN)/marque bench scale $(GROUP) --results evals/results
	$(if $(DATA),$(BIN)/marque eval all $(DATA) --results evals/results)

lock: .venv/dev.stamp  ## resolve the locks again (needs uv)
	$(BIN)/python requirements/lock.py

clean:  ## remove what was built here
	rm -rf .venv $(GROUP)/.marque

.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Marque needs Python 3.11 or later; this is %d.%d. Try: make PYTHON=python3.11 ..." % sys.version_info[:2])'
	@$(PYTHON) -m venv .venv && touch $@

.venv/demo.stamp: requirements/demo.txt .venv/python.stamp
	@echo "Installing Marque into .venv (once, a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/demo.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/demo.stamp
	@echo "Installing the test tools into .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@touch $@
