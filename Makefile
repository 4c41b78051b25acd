# Kefu. Two commands for a newcomer: `make demo` and `make test`. Everything else is a part of them or a measurement.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8080
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready
DEMO_ENV := DEMO_MODE=true END_WITH_PARENT=true PORT=$(PORT) DATABASE_URL=$${DATABASE_URL:-sqlite:///$(CURDIR)/var/demo.db}

.PHONY: help demo setup train serve test lint shell compat eval report learning-curve bench bench-peer bench-storm bench-month price bench-price clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP) ## the environment, from the lock file

$(STAMP): requirements/lock.txt tools/setup.sh tools/standin/kefu_tensorflow_standin.py
	@tools/setup.sh

train: setup ## the model, if its data changed
	@$(PY) -W ignore -m kefu.cli train

demo: train ## everything, with the demo city; prints READY
	@exec env $(DEMO_ENV) $(PY) -W ignore -m kefu.cli serve

serve: train ## the service without demo data; needs SECRET_KEY (and CHANNEL_TOKEN for the REST channel)
	@exec env PORT=$(PORT) $(PY) -W ignore -m kefu.cli serve

test: train ## everything needed, then all tests
	@tools/test.sh

lint: setup ## style, types, import directions, company data
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check . && $(VENV)/bin/mypy && $(PY) -W ignore -m kefu.cli check

shell: train ## the stock `rasa shell` with its action server, on the same database
	@tools/rasa_shell.sh

compat: ## the same project trained and tested on a stock Rasa 3.6.21 (Python 3.10)
	@tools/compat.sh

eval: train ## how well the model reads DATA=file.tsv (text, intent, service); by default the validation file
	@$(PY) -W ignore -m bench.understanding "$(DATA)"

report: train ## the same with confusions, voices, calibration, noise and cost, as results/understanding/report.html
	@$(PY) -W ignore -m bench.report "$(DATA)"

learning-curve: setup ## accuracy against the number of training sentences, for the report
	@$(PY) -W ignore -m bench.report_learning

bench: train ## messages a second, p99, CPU and memory, cost at turn 10, 200, 1000; bills priced a second, p99 of explaining one
	@$(PY) -m bench.kefu_bench

bench-peer: train ## the same, beside a stock Rasa server with action server, in one run
	@tools/bench_peer.sh

bench-storm: train ## 2,000 customers in ten minutes of a storm: lost, doubled, p99, crews sent, devices found; the same on a stock Rasa (TRAIN=1 trains that first)
	@test -z "$(TRAIN)" || tools/compat_setup.sh || echo "bench-storm: without the stock Rasa" >&2
	@$(PY) -W ignore -m bench.storm $(if $(TRAIN),--train-peers)

bench-month: setup ## a month of the demo city, 20,000 events with a fast clock and workers killed at random; the reports recounted
	@$(PY) -W ignore -m bench.month

price: setup ## what usage costs: DATA=cases.jsonl, a case a line (docs/tariffs.md), an answer a line
	@$(PY) -W ignore -m kefu.cli price "$(abspath $(DATA))"

bench-bench-month: setup ## a month of the demo city, 20,000 events with a fast clock and workers killed at random; the reports recounted
	@$(PY) -W ignore -m bench.month

price: setup ## bills priced a second on one core
	@$(PY) -W ignore -m bench.pricing

clean: ## models and databases (not the environment)
	rm -rf models var .rasa results
