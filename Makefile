# The commands of Ratel. `make help` lists them. All state is kept in var/, the virtual environment in .venv/.
PORT ?= 8000
ARGS ?=
FUZZ_CASES ?= 500
SEED ?= $(shell date +%Y%m%d)
# The first Python on this machine that runs and is new enough.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv/bin/python
LAUNCH := $(VENV) -m ratel.launch

.DEFAULT_GOAL := help
.PHONY: help run test check style types imports migrations deployment audit bench bench-webhooks bench-batches bench-names bench-pages bench-what-if screenshots chaos alone shuffled promises fuzz openapi format runtime development browser python

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/'

run: runtime ## start everything and serve http://127.0.0.1:8000 (PORT= to change it) until Ctrl-C
	@exec $(LAUNCH) run --port $(PORT)

test: development browser ## the whole test suite (ARGS="-k words -x" goes to pytest)
	@exec $(LAUNCH) test -- $(ARGS)

check: style types imports migrations deployment audit ## style, types, import direction, migrations, deployment, dependencies
	@echo "All checks passed."

bench: runtime ## measure speed on this machine, results in var/bench/
	@exec $(LAUNCH) bench -- $(ARGS)

chaos: development ## kill everything 300 times, then restart it 20 times, under load: nothing may be lost (ARGS="--seed 1")
	@exec $(VENV) -m tests.chaos --kills 300 --external-ids 5000 $(ARGS)
	@exec $(VENV) -m tests.chaos --kills 0 --rolls 20 --external-ids 1000 $(ARGS)

alone: development browser ## each test without its neighbours, unordered rows backwards: who counts on luck fails (ARGS= goes to pytest)
	@RATEL_TESTS=alone $(LAUNCH) test -- $(ARGS)

shuffled: development browser ## the whole suite in another order, another one each day (SEED= repeats one)
	@echo "The order of SEED=$(SEED)"
	@RATEL_TESTS_SEED=$(SEED) $(LAUNCH) test -- $(ARGS)

promises: development ## what is promised within seconds (PostgreSQL or Redis away, lists in effect), measured; on a quiet machine
	@RATEL_PROMISES=measured $(LAUNCH) test -- tests/failures tests/api/test_watchlists.py tests/demo/test_local_instance.py -n 0 $(ARGS)

bench-webhooks: development ## measure webhook delivery at a receiver on this machine
	@exec $(LAUNCH) exec -- $(VENV) -m tests.webhooks.bench

bench-batches: development ## measure batches in the background with two worker processes; results in var/bench/
	@exec $(LAUNCH) exec -- $(VENV) -m tests.batch_jobs.bench

bench-names: development ## measure name screening at 1.8 million entities (RATEL_DATA names the folder of lists and names)
	@exec $(VENV) -m screening.bench_names $(ARGS)

bench-pages: development ## measure the first byte of the desk's pages with 200,000 evaluations (ARGS="--times 20")
	@exec $(VENV) -m tests.desk.bench_pages $(ARGS)

screenshots: development browser ## take the pictures of docs/analyst-guide.md anew, light and dark
	@exec $(VENV) -m tests.desk.screenshots

bench-what-if: development ## measure a what-if over 1,000,000 stored evaluations (ROWS=); results in var/bench/
	@exec $(LAUNCH) exec -- $(VENV) -m tests.what_if.bench

fuzz: development ## 50,000 calls made from the OpenAPI document, other ones each time (FUZZ_CASES= for each operation)
	@FUZZ_CASES=$(FUZZ_CASES) $(LAUNCH) test -- tests/fuzz -n 0 $(ARGS)

openapi: development ## write docs/openapi.json as the code is now
	@$(LAUNCH) exec -- $(VENV) manage.py write_openapi

format: development ## rewrite the code as the style wants it
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .

style: development
	@echo "Style ..."
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .

# The type checker loads the settings, so it runs where they can be read.
types: development
	@echo "Types ..."
	@$(LAUNCH) exec -- $(VENV) -m mypy
	@$(VENV) -m mypy --strict --config-file= clients/python/src

imports: development
	@echo "Import directions ..."
	@.venv/bin/lint-imports

migrations: development
	@echo "Migrations ..."
	@RATEL_DATABASE_ROLE=owner $(LAUNCH) exec -- $(VENV) manage.py makemigrations --check --dry-run

deployment: development
	@echo "Deployment checks ..."
	@RATEL_ENVIRONMENT=production $(LAUNCH) exec -- $(VENV) manage.py check --deploy --fail-level WARNING

audit: development
	@echo "Known vulnerabilities of what is installed ..."
	@$(VENV) -m ratel.launcher.audit

browser: python
	@$(PYTHON) -m ratel.launcher.browser

runtime: python
	@$(PYTHON) -m ratel.launcher.prepare requirements.txt

development: python
	@$(PYTHON) -m ratel.launcher.prepare requirements-dev.txt

python:
	@test -n "$(PYTHON)" || { echo "Ratel needs Python 3.11 or newer: none found in the path."; exit 1; }
