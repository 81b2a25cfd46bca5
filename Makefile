# Colophon: the commands. From a fresh clone they need Python 3.11 or newer and make, nothing else.
PYTHON_IN := .venv/bin/python

# One worker per core; `make test ARGS="-k isbn"` runs a part, in one process.
WORKERS ?= 2
ARGS ?=

.PHONY: help run test coverage soak bench bench-files lint format services setup lock

help:
	@echo "make run       start Colophon on http://127.0.0.1:8000 (PORT=…, HOST=… change that)"
	@echo "make test      run every test, on SQLite, PostgreSQL and in a browser"
	@echo "make coverage  the same tests, twice as long, and how much of the code they reach: at least 95 %"
	@echo "make soak      the long tests: random walks, races, kill -9 and database crashes under load"
	@echo "make bench     compare Colophon with the floor and with other admins (SIZE=1000000: that many books; 10000000: on PostgreSQL)"
	@echo "make bench-files  the same of import and export (SIZE=1000000: that many books)"
	@echo "make lint      check style and types; make format repairs what it can"
	@echo "make services  a local PostgreSQL for development"
	@echo "make setup     install what development needs into .venv"
	@echo "make lock      pin the packages of requirements*.in anew (needs uv)"

run:
	@scripts/setup.sh requirements.txt
	@exec $(PYTHON_IN) -m flask --app app serve

setup:
	@scripts/setup.sh requirements-dev.txt

ALL := -n $(WORKERS) --dist worksteal

test: setup
	@scripts/browser.sh
	@exec $(PYTHON_IN) -m pytest $(or $(strip $(ARGS)),$(ALL))

coverage: setup
	@scripts/browser.sh
	@exec $(PYTHON_IN) -m pytest $(ALL) --cov --cov-report=term

# tests/soak at full length: about an hour and a quarter.
SOAK := SOAK_STEPS=2000 SOAK_SEEDS=3 SOAK_KILLS=50 SOAK_CRASHES=10 SOAK_EDITORS=50 SOAK_ROUNDS=20 SOAK_CREATIONS=100 SOAK_WRITES=200 SOAK_JOBS=1000 SOAK_JOB_KILLS=50 SOAK_BLOWS=20 SOAK_ROWS=10000

soak: setup
	@$(SOAK) $(PYTHON_IN) -m pytest tests/soak

# Books in the benchmark; `make bench ARGS="--only list --contestants floor,colophon"` runs a part.
SIZE ?= 1000

bench: setup
	@scripts/setup.sh bench/requirements.txt bench/.venv
	@scripts/setup.sh requirements.txt bench/.venv-production
	@exec $(PYTHON_IN) -m bench --size $(SIZE) $(ARGS)

# Import and export, beside psql and others; SIZE is 100000 unless given.
bench-files: setup
	@scripts/setup.sh bench/requirements.txt bench/.venv
	@exec $(PYTHON_IN) -m bench.files $(if $(filter command line,$(origin SIZE)),--size $(SIZE)) $(ARGS)

lint: setup
	@$(PYTHON_IN) -m ruff check .
	@$(PYTHON_IN) -m ruff format --check .
	@$(PYTHON_IN) -m mypy .
	@$(PYTHON_IN) -m djlint --lint --quiet templates

format: setup
	@$(PYTHON_IN) -m ruff check --fix .
	@$(PYTHON_IN) -m ruff format .

services: setup
	@exec $(PYTHON_IN) -m scripts.services

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

lock:
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) bench/requirements.in -o bench/requirements.txt
