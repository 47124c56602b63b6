# Everything a developer or an operator types. `make` alone lists it.

HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=
PYTHON := .venv/bin/python
APP := .venv/bin/calendar-app
COMPILE := build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-dev setup-test setup-bench run demo-reset test quick lint types check bench bench-parts lighthouse soak ten-minutes pictures routes lock sbom audit clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Create .venv and install what the application needs (run and test do it themselves)
	@bin/setup run

setup-dev setup-test setup-bench: setup-%:
	@bin/setup $*

# Links lead to where `make run` serves, unless the installation names its address.
ifeq ($(wildcard instance/config.toml),)
run: export CALENDAR_BASE_URL ?= http://$(HOST):$(PORT)
endif
run: setup ## Serve the calendar, with a demo city on first run: make run [PORT=8000] [HOST=127.0.0.1]
	@$(APP) init
	@$(APP) demo --if-empty
	@exec $(APP) serve --host $(HOST) --port $(PORT)

demo-reset: setup ## Put the SQLite database and photos aside, and load the demo city afresh
	@test -z "$$CALENDAR_DATABASE_URL" || { echo "demo-reset works on the instance's own SQLite database only" >&2; exit 2; }
	@instance=$${CALENDAR_INSTANCE:-instance} && aside=$$instance/before-reset-$$(date +%Y%m%d-%H%M%S) && \
		mkdir -p "$$aside" && find "$$instance" -maxdepth 1 \( -name 'calendar.db*' -o -name .site_id -o -name photos \) \
		-exec mv {} "$$aside" \; && echo "What was there is now in $$aside"
	@$(APP) init
	@$(APP) demo --if-empty

test: setup-test ## Run the whole suite: make test [ARGS="-k feed"]
	@$(PYTHON) -m pytest $(ARGS)

quick: setup-test ## Run the tests that a change touches, in under a minute: make quick [ARGS=-x]
	@PYTHONPATH=.:tests $(PYTHON) tests/helpers/quick.py $(ARGS)

lint: setup-dev ## Check style and formatting
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check

types: setup-dev ## Check types
	@$(PYTHON) -m mypy

check: lint types test ## Everything that a change must pass

bench: setup-bench ## Write docs/benchmarks.md, the table of what is to be reached: make bench [ARGS="--events 100000"]
	@PYTHONPATH=.:tests $(PYTHON) -m benchmarks.table $(ARGS)

bench-parts: setup-bench ## Measure the parts: against nginx, python-dateutil; reading a line, cards, search, sign-in
	@$(PYTHON) -m benchmarks
	@$(PYTHON) -m benchmarks.occurrences
	@$(PYTHON) -m benchmarks.quickadd
	@$(PYTHON) -m benchmarks.cards
	@$(PYTHON) -m benchmarks.search
	@$(PYTHON) -m benchmarks.sign_in

lighthouse: setup-test ## What Lighthouse says of the pages most read: make lighthouse [ARGS=3, the runs of each]
	@cd benchmarks/lighthouse && { cmp -s package-lock.json node_modules/.installed || \
		{ npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && cp package-lock.json node_modules/.installed; }; }
	@$(PYTHON) -m benchmarks.lighthouse $(ARGS)

soak: setup-bench ## Keep a server under load and watch it for leaks; kill it a thousand times; fuzz what reads strangers' bytes; then every consumer, any request, many random examples
	@$(PYTHON) -m benchmarks.soak $(ARGS)
	@$(PYTHON) -m benchmarks.kills 1000 sqlite
	@$(PYTHON) -m benchmarks.kills 200 postgresql
	@$(PYTHON) -m benchmarks.drill 5
	@$(PYTHON) -m benchmarks.hub 10000
	@$(PYTHON) -m benchmarks.fuzz 900
	@$(PYTHON) -m pytest -m soak
	@$(PYTHON) -m pytest -m hypothesis --hypothesis-profile=soak

ten-minutes: setup-test ## Type docs/operating.md into a bare Debian: make ten-minutes ARGS=FOLDER, as root
	@$(PYTHON) -m benchmarks.ten_minutes $(ARGS)

pictures: setup-test ## Take the pictures of every page again: docs/pictures/
	@PYTHONPATH=.:tests $(PYTHON) tests/helpers/pictures.py

routes: setup ## Write docs/routes.md, the list of all addresses, from the code
	@mkdir -p build && $(APP) routes --markdown >build/routes.md && mv build/routes.md docs/routes.md

lock: setup ## Resolve both lock files again: make lock [ARGS=--upgrade]
	@test -x build/uv/bin/uv || { $(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install --quiet uv; }
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) --group dev pyproject.toml -o requirements-dev.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) $(ARGS) -c requirements-dev.lock --extra readings pyproject.toml -o requirements.lock

sbom: setup ## List what the application is built from, with licences: build/sbom.json, build/licences.txt
	@bin/supply-chain sbom

audit: setup ## Ask what is known against these packages, and say where that could not be checked
	@bin/supply-chain audit

clean: ## Remove everything that can be made again; instance/ stays
	@rm -rf .venv build dist .pytest_cache .hypothesis .ruff_cache .mypy_cache node_modules benchmarks/lighthouse/node_modules *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
