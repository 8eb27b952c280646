# make setup    .venv with everything (quick when nothing changed; every other command calls it)
# make run      the window on a bundled sample; make run FILE=contract.pdf opens that file
# make test     formatting, lint, types, import contracts, tests
# make format   formats the code and fixes what ruff can fix
# make bench    the figures of tests/benchmarks
# make samples  the sample documents in resources/samples, from their texts
# make models   the shipped models, from models/recipes
# make wheel    dist/docent-*.whl with models and resources inside
# make clean    removes what the commands above made, except .venv; make distclean also .venv

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench samples models wheel clean distclean

BIN := .venv/bin
STAMP := .venv/.setup-done
SAMPLE := resources/samples/services-agreement.pdf
WORKERS ?= 2

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: $(STAMP)
	@echo "setup: .venv is ready"

$(STAMP): pyproject.toml packaging/constraints.txt packaging/bootstrap.sh packaging/check_environment.py
	@packaging/bootstrap.sh
	@touch $@

run: $(STAMP)
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ]; then \
		echo "There is no display here: neither DISPLAY nor WAYLAND_DISPLAY is set, so no window can open." >&2; \
		echo "Start it from a desktop session, or try the program without a window:" >&2; \
		echo "    $(BIN)/docent read '$(or $(FILE),$(SAMPLE))'" >&2; \
		echo "To start it all the same, with a window that nobody sees: QT_QPA_PLATFORM=offscreen make run" >&2; \
		exit 1; \
	fi
	@exec $(BIN)/docent open '$(or $(FILE),$(SAMPLE))'

test: check
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(STAMP)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP)
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(STAMP)
	@for script in tests/benchmarks/bench_*.py; do \
		echo "== $$script"; QT_QPA_PLATFORM=offscreen $(BIN)/python "$$script" || exit 1; \
	done

samples: $(STAMP)
	@$(BIN)/python packaging/make_samples.py

models: $(STAMP)
	@# The base is converted, not trained: see models/recipes/base.toml.
	@for name in entities entities-small summary; do \
		echo "== $$name"; $(BIN)/docent train --recipe "models/recipes/$$name.toml" --out "models/$$name" || exit 1; \
	done
	@# The reader is made in two stages.
	@echo "== answers"; $(BIN)/docent train --recipe models/recipes/answers-2.toml --out build/answers-2
	@$(BIN)/docent train --recipe models/recipes/answers-3.toml --start build/answers-2 --out build/answers-3
	@$(BIN)/docent train --recipe models/recipes/answers.toml --start build/answers-3 --out models/answers

wheel: $(STAMP)
	@$(BIN)/python -m build --wheel --no-isolation

clean:
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	@find assistant ui tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	@rm -rf .venv
