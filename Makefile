# Everything a person or a build machine does with Tradewindow is a target here; `make help`
# lists them. Nothing is installed outside .venv, and nothing that the lock files do not name.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/tradewindow
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
CODE   := $(wildcard deploy services workflows migrations tests)
ARGS   ?=
# A data directory that is new is filled with a sample world (`make up SAMPLE=` leaves it empty).
SAMPLE := $(if $(wildcard $(or $(TRADEWINDOW_HOME),.tradewindow)/secrets.json),,--sample)
# Tests that share costly servers name a group, and a group stays on one worker. Each worker collects for
# itself: of the everyday run that is a good part, and it has one worker less.
SPREAD := -n 3 --dist loadgroup
EVERYDAY := -n 2 --dist loadgroup

RUNTIME := $(VENV)/.runtime-installed
TESTING := $(VENV)/.tests-installed

# Helm renders the chart in the tests, beside their own renderer. A test run fetches nothing: it builds
# helm only from what Go has fetched before (`make helm`).
HELM    := GOBIN=$(CURDIR)/$(BIN) go install helm.sh/helm/v3/cmd/helm@v3.22.0
FETCHED  = GOPROXY=file://$$(go env GOMODCACHE)/cache/download GOSUMDB=off

# Pins and hashes only: the addresses of a package index do not belong in a lock file.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 \
	--prerelease=if-necessary-or-explicit --generate-hashes --no-header --no-annotate

# Some machines forbid compiled modules, and a test run starts hundreds of processes, each of which would compile
# all of the product anew; they lie in __pycache__, which git does not see.
unexport PYTHONDONTWRITEBYTECODE

# An environment whose Python has gone (upgraded, removed) is made anew.
$(shell $(BIN)/python -c '' 2>/dev/null || rm -f $(RUNTIME) $(TESTING))

.DEFAULT_GOAL := help
.PHONY: help demo up test proof check lint bench replay contracts describe words helm browser lock clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(RUNTIME) ## Run a border market's day from declaration to closing, in a data directory of its own
	$(RUN) demo $(ARGS)

up: $(RUNTIME) ## Run the single window on this machine (data in .tradewindow, new ones with a sample world); Ctrl-C stops it
	$(RUN) up $(SAMPLE) $(ARGS)

test: lint $(TESTING) ## Every check and every test, the slow ones included
	@test -x $(BIN)/helm || { $(FETCHED) $(HELM); } 2>/dev/null || true
	$(BIN)/python -m pytest $(SPREAD) -q --durations=25 $(ARGS)

proof: $(TESTING) ## Products of cases too large for every run, whole; kept in tests/proof.json
	$(BIN)/python -m pytest $(SPREAD) -q --proof $(ARGS)

check: lint $(TESTING) ## Every check and the everyday tests: nothing slow, of the rest a sample by the day
	$(BIN)/python -m pytest $(EVERYDAY) -q --everyday $(ARGS)

lint: $(TESTING) ## Style, types, arrows between packages, dependencies, SQL of the migrations
	$(BIN)/python -m ruff check $(CODE)
	$(BIN)/python -m ruff format --check $(CODE)
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/deptry $(filter-out tests,$(CODE))
	find migrations -name '*.sql' -exec $(BIN)/squawk {} +

bench: $(RUNTIME) ## Measure this machine, as ratios
	$(RUN) bench $(ARGS)

replay: $(RUNTIME) ## Replay the saved workflow histories against the workflows of this tree
	$(RUN) replay $(ARGS)

contracts: $(RUNTIME) ## Write contracts/ anew from the code
	$(RUN) contracts $(ARGS)

describe: $(RUNTIME) ## Write what the services' manifests say into pyproject.toml and the descriptions of deploy/
	$(RUN) describe $(ARGS)

words: $(RUNTIME) ## Bring the tables' new sentences into words/ and the pages; say what to translate
	$(RUN) words $(ARGS)

helm: $(TESTING) ## Build Helm from its Go module (needs Go), with which the tests render the chart too
	$(HELM)

browser: $(TESTING) ## Fetch the Chromium of the tests (where that failed before), say which serves
	@$(BIN)/python -m tests.browser.chromium

lock: ## Resolve requirements*.in into the lock files (needs uv on the path)
	$(COMPILE) $(ARGS) requirements.in -o requirements.lock
	$(COMPILE) $(ARGS) -c requirements.lock requirements-local.in -o requirements-local.lock
	$(COMPILE) $(ARGS) -c requirements.lock -c requirements-local.lock requirements-test.in -o requirements-test.lock

clean: ## Remove the environment and caches; data directories stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The command is a three-line script, so that no build tool is needed to install it and the
# tree may be moved.
define COMMAND
#!/bin/sh
here=$$(CDPATH= cd -- "$$(dirname -- "$$(readlink -f -- "$$0")")/../.." && pwd) || exit 1
PYTHONPATH="$$here$${PYTHONPATH:+:$$PYTHONPATH}" exec "$$here/.venv/bin/python" -P -m deploy "$$@"
endef
export COMMAND

$(RUNTIME): requirements.lock requirements-local.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Tradewindow needs Python 3.11 or newer, and '$(PYTHON)' is not; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python has no 'venv' module; install it (Debian and Ubuntu: the package python3-venv) and run make again." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing what $^ name into $(VENV) (once)"
	@$(PIP) install --require-hashes $(addprefix -r ,$^)
	@printf '%s\n' "$$COMMAND" > $(RUN) && chmod +x $(RUN)
	@touch $@

# Without a browser everything but the screens can still be tested; their tests then fail and say why.
$(TESTING): requirements-test.lock tests/browser/chromium.py $(RUNTIME)
	@echo "Installing what $< names into $(VENV) (once)"
	@$(PIP) install --require-hashes -r $<
	@$(BIN)/python -m tests.browser.chromium || true
	@touch $@
