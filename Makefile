# Two commands need nothing but Python 3.10 or newer:  make train  ·  make test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
NODE   := .node/installed.json

# what `make train` trains: the main recipe's task with gen's own parts (those of recipes/drums_4bar.yaml), which learn
# it within a few minutes on a laptop, on drummers that gen makes up itself
RECIPE ?= recipes/groovae_4bar.yaml
TRAIN  ?= data.source='{type: demo, clips: 1000}' data.fallback=null \
          encoder='{type: feedforward, sizes: [1024], straight: 128}' decoder='{type: feedforward, sizes: [1024]}' \
          latent='{size: 128, free_bits: 48, free_bits_over: batch, prior: fitted, prior_parts: 128}' \
          training='{batch_size: 256, steps: 500, learning_rate: 2.0e-3, schedule: one_cycle, weight_decay: 0.05, \
          log_every: 50, eval_every: 250, checkpoint_every: 250}'
OUT    ?= runs/first-$(shell date +%Y%m%d-%H%M%S)

# tests that take more than a few seconds are left out, unless MARK= is given empty
MARK   ?= not slow

# processes that run tests, each on one thread: one a core; 0 for none beside pytest itself
JOBS   ?= auto

.PHONY: help install train test thorough lint types docs bench wheel clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "gen needs Python 3.10 or newer; say which: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

$(NODE): tests/support/node/package-lock.json
	@tests/support/node/install.sh .node

install: $(STAMP)  ## make .venv with gen and its tools

train: $(STAMP)  ## install, train the main recipe for some minutes, leave MIDI to hear
	$(BIN)/gen train $(RECIPE) $(TRAIN) --out $(OUT)

test: $(STAMP) $(NODE)  ## install and run the tests; MARK= runs the slow ones too
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "$(MARK)" $(ARGS)

thorough: $(STAMP)  ## five hundred round trips for every converter and recipe: half an hour
	HYPOTHESIS_PROFILE=thorough OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "" tests/converters/test_round_trips.py $(ARGS)

lint: $(STAMP)  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## mypy, strict on core and plugins
	$(BIN)/mypy

docs: $(STAMP)  ## build the documentation into site/, its pictures of verbs first
	PYTHONPATH=tests/support $(BIN)/python tests/support/verb_pictures.py
	$(BIN)/mkdocs build --strict --quiet

bench: $(STAMP)  ## measure how fast training and sampling are, into benchmarks/results/; ten minutes on two quiet cores
	$(BIN)/python benchmarks/run.py $(ARGS)

wheel: $(STAMP)  ## build dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean:  ## remove what make made (not runs/)
	rm -rf $(VENV) .node build dist site .pytest_cache .mypy_cache .ruff_cache
