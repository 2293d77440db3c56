PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# only what is there: a folder may not exist yet
CODE = $(wildcard protune_mm configs tools tests setup.py)
# Two tests at a time, each of a thread; those of a file share what they train.
PARALLEL = --numprocesses 2 --dist loadfile --no-loadscope-reorder
# What changes of the method, a host or the checks break first.
QUICK = tests/test_rooms.py $(addprefix tests/test_,tuning hosts layers \
	methods evaluation visualization cli preflight) \
	tests/test_models/test_backbones/test_contracts.py \
	-k "not 101 and not V1 and not compile"

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test quick lint format

help:
	@echo 'make setup   install everything in $(VENV) (once, about 9 min)'
	@echo 'make demo    the demo on the CPU; options: ARGS="..."'
	@echo 'make test    the tests; options: PYTEST_ARGS="..."'
	@echo 'make quick   the tests of the inner loop, about 2 min'
	@echo 'make lint    check style and spelling'
	@echo 'make format  put the code into style'
	@echo
	@echo 'Variables: PYTHON (now $(PYTHON)), VENV (now $(VENV)), and TORCH,'
	@echo 'the torch that the first setup installs instead of its choice:'
	@echo '  make setup TORCH="torch==2.11.0 --index-url https://..."'
	@echo 'A torch that PYTHON already has is kept. To start over, remove'
	@echo '$(VENV).'

setup:
	@$(PYTHON) tools/setup_env.py --venv $(VENV)

setup-dev:
	@$(PYTHON) tools/setup_env.py --venv $(VENV) --dev

demo: setup
	@$(BIN)/python -W ignore tools/demo.py $(ARGS)

test: setup-dev
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

quick: setup-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(QUICK)

lint: setup-dev
	$(BIN)/flake8 $(CODE)
	$(BIN)/isort --check --diff --quiet $(CODE)
	$(BIN)/yapf --diff --recursive --parallel $(CODE)
	$(BIN)/codespell $(CODE) $(wildcard *.md docs/*.md configs/*.md)

format: setup-dev
	$(BIN)/isort --quiet $(CODE)
	$(BIN)/yapf --in-place --recursive --parallel $(CODE)
