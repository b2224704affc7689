# Everything starts from `python3` alone; nothing is installed outside this folder.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 4566
VENV := .venv
EMULATOR := .gavel/emulator-venv
BIN := $(VENV)/bin

# install <venv> <requirements>: exact versions, hashes checked; uv where it is there, pip where it isn't.
define install
	@if command -v uv >/dev/null; then uv venv -q --allow-existing --python $(PYTHON) $(1) && uv pip sync -q --python $(1)/bin/python --require-hashes $(2); \
	else $(PYTHON) -m venv $(1) && $(1)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $(2); fi
endef
# editable <venv> <folder>: put our own code in, with the build tool that the lock already brought.
define editable
	@if command -v uv >/dev/null; then uv pip install -q --python $(1)/bin/python --no-deps --no-build-isolation -e $(2); \
	else $(1)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e $(2); fi
endef

.PHONY: help
help: ## list every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.done $(EMULATOR)/.done ## make both environments (the other targets do it by themselves)

$(VENV)/.done: requirements/dev.txt pyproject.toml
	@echo "setting up $(VENV)"
	$(call install,$(VENV),requirements/dev.txt)
	$(call editable,$(VENV),.)
	@touch $@

$(EMULATOR)/.done: emulator/requirements.txt emulator/pyproject.toml
	@echo "setting up $(EMULATOR)"
	$(call install,$(EMULATOR),emulator/requirements.txt)
	$(call editable,$(EMULATOR),emulator)
	@touch $@

.PHONY: lock
lock: $(VENV)/.done ## compile the requirements files anew
	cd requirements && for name in runtime dev; do ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $$name.in -o $$name.txt; done
	cd emulator && for name in requirements requirements-vision; do ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --exclude-newer 2026-02-20 $$name.in -o $$name.txt; done

.PHONY: emulator
emulator: $(EMULATOR)/.done ## run the AWS emulator alone in the foreground (PORT=4566; LS_LOG=info shows its requests)
	@exec $(EMULATOR)/bin/python -m gavel_emulator.run --port $(PORT) --data .gavel/emulator/$(PORT)

.PHONY: clean
clean: ## remove both environments and everything that runs left here
	rm -rf $(VENV) .gavel .mypy_cache .ruff_cache .pytest_cache
