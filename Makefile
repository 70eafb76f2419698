# Needs Python 3.11 or newer and make. The first target builds .venv: with uv where there is one,
# else with venv and pip. Nothing is downloaded but packages from the configured index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MODELS := $(VENV)/.models
CORES = import os; print(min(8, len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 2))(0))))
WORKERS ?= $(shell $(PYTHON) -c '$(CORES)')

# One thread a test process: the workers already fill the cores.
TEST_ENV := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false

.DEFAULT_GOAL := help
.PHONY: help install models demo test test-long check format bench bench-activation docs serve clean \
  check-format check-lint check-types check-imports check-house

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(STAMP)  ## build .venv with everything needed to run and to work on it

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one, such as: make PYTHON=python3.12" >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  { [ -x $(BIN)/python ] || UV_PYTHON_DOWNLOADS=never uv venv --quiet --seed --python "$(PYTHON)" $(VENV); } \
	  && uv pip install --quiet --python $(BIN)/python -e '.[dev]'; \
	else \
	  { $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); } \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	fi
	@touch $@

# The build of torch for the CPU, which pip finds where uv does not look.
$(MODELS): $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[torch]'
	@touch $@

models: $(MODELS)  ## add torch, transformers and peft, which activation and parametric memory run on

demo: $(STAMP)  ## store a long conversation, ask it, look into its past, then the same over HTTP
	@$(BIN)/memory-os demo $(ARGS)

test: $(MODELS)  ## run every test on the cores there are
	@$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS) 2>&1

test-long: $(MODELS)  ## run the tests that take minutes, such as 100,000 random calls
	@$(TEST_ENV) $(BIN)/python -m pytest -m long -s $(ARGS) 2>&1

check: check-format check-lint check-types check-imports check-house  ## everything but the tests

check-format: $(STAMP)
	$(BIN)/ruff format --check .

check-lint: $(STAMP)
	$(BIN)/ruff check .

check-types: $(STAMP)
	$(BIN)/mypy

check-imports: $(STAMP)
	$(BIN)/lint-imports

check-house: $(STAMP)
	$(BIN)/python -m pytest -q tests/architecture

format: $(STAMP)  ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## measure adds, searches, opening and bytes on this machine
	@$(BIN)/python -m memory_os_evals.bench $(ARGS)

bench-activation: $(MODELS)  ## measure attention caches and adapters on toy models of this machine
	@$(BIN)/python -m memory_os_evals.tensor_bench $(ARGS)

docs: $(STAMP)  ## check every link and write the reference to build/docs
	@$(BIN)/python scripts/build_docs.py $(ARGS)

serve: $(STAMP)  ## run the REST service on this machine
	@$(BIN)/memory-os serve $(ARGS)

clean:  ## remove what was built, keep databases
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
