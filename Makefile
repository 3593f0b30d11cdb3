# The commands of the project; each installs what it needs and is quick when nothing changed.
SHELL := /bin/bash
export TF_CPP_MIN_LOG_LEVEL := 3
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

.PHONY: help install model run test test-python test-dialogue nlu-figures lint format migration baseline lock bench proof clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install: ## the locked environment in .venv, console scripts in .venv/bin
	@scripts/environment.sh dev

model: install ## trains the model if its training data changed
	@scripts/train.sh

run: model ## simulator, action server and Rasa; prints the chat page's address
	@exec .venv/bin/python scripts/run.py

test: model ## everything, from a fresh machine
	@$(MAKE) --no-print-directory -j 2 test-dialogue test-python

# More processes than cores: many tests wait for something.
test-python: model
	.venv/bin/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

test-dialogue: model
	.venv/bin/python scripts/check_dialogue.py

nlu-figures: model ## how well sentences are read: cross-validation and held-out sentences, per language
	.venv/bin/python scripts/cross_validate.py
	for part in nlu_en nlu_fr apart_en apart_fr blind_en blind_fr second_en second_fr; do .venv/bin/rasa test nlu --nlu tests/held_out/$$part.yml \
	    --model models/bot.tar.gz --out var/nlu/$$part --no-plot || exit 1; done

lint: install ## style, types, import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: install ## rewrites the style
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

migration: install ## writes the revision that a change of the schema needs: SAYS="what changed"
	.venv/bin/python -m scripts.migration "$(SAYS)"

baseline: install ## writes the first revision of the schema anew, which is allowed until a release
	.venv/bin/python -m scripts.migration --baseline

lock: install ## resolves requirements/*.in again
	scripts/lock.sh

bench: model ## the benchmarks, as a table and as JSON (benchmarks/out/latest.json)
	.venv/bin/python -m benchmarks

proof: install ## the long proofs, resumed where they stopped
	.venv/bin/python -m tests.proof

clean: ## removes what the commands made, not the environment
	rm -rf var models .pytest_cache .mypy_cache .ruff_cache .rasa results
