# Jullix: everything goes through here. `make` alone prints what there is.

VENV := .venv
PY := $(VENV)/bin/python
SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help setup build run test soak bench check image clean

help: ## print this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | \
	  while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

$(VENV)/.ready: tools/requirements.txt tools/setup.sh
	@bash tools/setup.sh $(VENV)
	@touch $@

setup: $(VENV)/.ready build ## install all that is needed into .venv and build/

build: $(VENV)/.ready ## compile the firmware into build/flash
	@$(PY) -m tools.build

run: build ## a whole virtual installation on this machine: make run ARGS="--speed 5"
	@$(PY) -m tools.live $(ARGS)

test: build ## every test; ARGS are pytest's
	@bash tools/system.sh
	@$(VENV)/bin/pytest -n 2 $(ARGS)

soak: build ## the long forms of the tests
	@$(VENV)/bin/pytest -n 2 -m soak $(ARGS)

bench: build ## the benchmarks, as a table of ratios: make bench ARGS="--quick"
	@$(PY) -m tools.bench $(ARGS)

check: build ## look for faults of style and type
	@$(VENV)/bin/ruff check -q .
	@$(VENV)/bin/ruff format -q --check .
	@$(PY) -m tools.typings && $(VENV)/bin/mypy --config-file tools/mypy.ini

FLASH_SIZE ?= 4MB
image: build ## make build/flash.bin: make image MICROPYTHON=file.bin [FLASH_SIZE=8MB]
	@$(PY) -m tools.image $(if $(MICROPYTHON),"$(MICROPYTHON)") --flash-size $(FLASH_SIZE)

clean: ## remove everything that was built or installed here
	rm -rf $(VENV) build
