# Everything starts from `python3` alone; nothing is installed outside this folder.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 4566
VENV := .venv
EMULATOR := .gavel/emulator-venv
PEERS := .gavel/bench-venv
BIN := $(VENV)/bin

UV = $(shell command -v uv || echo .gavel/uv/bin/uv)

# install <venv> <requirements>: exact versions, hashes checked. uv does it in seconds; where it can't (an index that only
# pip is set up for, say), pip does the same.
define install
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(1) && $(UV) pip sync -q --python $(1)/bin/python --require-hashes $(2) \
	|| { $(PYTHON) -m venv --clear $(1) && $(1)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $(2); }
endef
# editable <venv> <folder>: put our own code in, with the build tool that the lock already brought.
define editable
	@$(UV) pip install -q --python $(1)/bin/python --no-deps --no-build-isolation -e $(2) \
	|| $(1)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e $(2)
endef

.PHONY: help
help: ## list every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.done $(EMULATOR)/.done ## make both environments (the other targets do it by themselves)

.gavel/uv/bin/uv: requirements/uv.txt
	@echo "setting up uv"
	@$(PYTHON) -m venv .gavel/uv && .gavel/uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt

$(VENV)/.done: requirements/dev.txt pyproject.toml | $(filter .gavel/%,$(UV))
	@echo "setting up $(VENV)"
	$(call install,$(VENV),requirements/dev.txt)
	$(call editable,$(VENV),.)
	@touch $@

$(EMULATOR)/.done: emulator/requirements.txt emulator/pyproject.toml | $(filter .gavel/%,$(UV))
	@echo "setting up $(EMULATOR)"
	$(call install,$(EMULATOR),emulator/requirements.txt)
	$(call editable,$(EMULATOR),emulator)
	@touch $@

# What the consumer is compared with; nothing else needs it.
$(PEERS)/.done: tests/bench/peers/requirements.txt | $(filter .gavel/%,$(UV))
	@echo "setting up $(PEERS)"
	$(call install,$(PEERS),tests/bench/peers/requirements.txt)
	@touch $@

# NudeNet is AGPL and stays out unless somebody asks for it.
$(EMULATOR)/.vision: emulator/requirements-vision.txt $(EMULATOR)/.done
	@echo "adding NudeNet to the emulator"
	$(call install,$(EMULATOR),emulator/requirements-vision.txt)
	$(call editable,$(EMULATOR),emulator)
	@touch $@

READY := $(VENV)/.done $(EMULATOR)/.done $(if $(filter nudenet,$(DETECTOR)),$(EMULATOR)/.vision)

.PHONY: demo
demo: $(READY) ## send sample media through every path (ONCE=1 ends by itself; MEDIA=<folder> DETECTOR=nudenet OTLP=http://…)
	@$(BIN)/python -m cli.demo.run $(if $(ONCE),--once) $(if $(MEDIA),--media "$(MEDIA)") $(if $(DETECTOR),--detector $(DETECTOR)) $(if $(OTLP),--otlp $(OTLP))

.PHONY: local
local: $(READY) ## run the whole local stack until stopped (PORT=4566; OTLP=http://… for a collector of yours)
	@$(BIN)/python -m cli.local --port $(PORT) $(if $(DETECTOR),--detector $(DETECTOR)) $(if $(OTLP),--otlp $(OTLP))

.PHONY: test
test: setup ## every test: unit, contract, end to end, three at a time (TESTS=tests/unit for some)
	@$(BIN)/python -m pytest -n 3 --dist loadscope $(or $(TESTS),tests)

.PHONY: explore
explore: $(VENV)/.done ## the tests of properties, with many random examples
	@$(BIN)/python -m pytest -q -n 2 --dist loadscope --hypothesis-profile=explore -m hypothesis tests/unit

.PHONY: bench
bench: setup $(PEERS)/.done ## measure throughput, quota, latency, growth, cost (ONLY=consumer,quota; QUICK=1 only runs it)
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only "$(ONLY)") $(if $(QUICK),--quick)

.PHONY: bench-publish
bench-publish: setup ## put what was measured into README and docs (RUNS=".gavel/bench/….json …"; oldest first)
	@$(if $(RUNS),,$(error say which runs, RUNS=".gavel/bench/<time>.json", oldest first))
	@$(BIN)/python -m tests.bench.publish $(RUNS)

.PHONY: check
check: $(VENV)/.done ## lint, types, layers, and the infrastructure program's properties
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -n 2 --dist loadscope tests/unit/infra

.PHONY: format
format: $(VENV)/.done ## put the code into the house format
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

.PHONY: lock
lock: $(VENV)/.done ## compile the requirements files anew
	cd requirements && for name in uv runtime dev; do ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $$name.in -o $$name.txt; done
	cd emulator && for name in requirements requirements-vision; do ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --exclude-newer 2026-02-20 --exclude-newer-package python-liquid=false $$name.in -o $$name.txt; done
	cd tests/bench/peers && ../../../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt

.PHONY: emulator
emulator: $(EMULATOR)/.done ## run the AWS emulator alone in the foreground (PORT=4566; LS_LOG=info shows its requests)
	@GAVEL_TASK_PATH="$(CURDIR)/$(BIN)" GAVEL_TASK_CWD="$(CURDIR)" \
		exec $(EMULATOR)/bin/python -m gavel_emulator.run --port $(PORT) --data .gavel/emulator/$(PORT)

.PHONY: image-check
image-check: $(READY) ## build the image without a container engine, and run the demo out of it (as root)
	@$(BIN)/python -m tests.image.check

# What goes to AWS: ENV names the stack (dev, staging, prod), YES=1 lets Pulumi go on without asking.
.PHONY: preview up down image tidy
preview: $(VENV)/.done ## show what `make up` would change (ENV=dev)
	@$(BIN)/python -m infra.deploy preview $(ENV)

up: $(VENV)/.done ## deploy a stack (ENV=dev); the first time: up, image, up
	@$(BIN)/python -m infra.deploy up $(ENV) $(if $(YES),--yes)

down: $(VENV)/.done ## take a stack down, with all that it keeps (ENV=dev)
	@$(BIN)/python -m infra.deploy down $(ENV) $(if $(YES),--yes)

image: $(VENV)/.done ## build the image of this commit and push it to a stack's registry (ENV=dev)
	@$(BIN)/python -m infra.deploy image $(ENV)

tidy: $(VENV)/.done ## tell which of A2I's pages and flow definitions a stack no longer uses; YES=1 deletes them (ENV=dev)
	@$(BIN)/python -m infra.deploy tidy $(ENV) $(if $(YES),--yes)

.PHONY: clean
clean: ## remove both environments and everything that runs left here
	rm -rf $(VENV) .gavel .mypy_cache .ruff_cache .pytest_cache
