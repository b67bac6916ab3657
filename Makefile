# store-edge: `make run` shows a whole shop on loopback, `make test` proves it, `make bench` measures it.
# Each target installs what it needs on a Debian machine; see Tests/SystemTests and devices/demo.

SWIFT ?= swift
BUILD := .build/release
VENV := .venv
JOBS ?= 2
SEEDS ?= 1..1000

.PHONY: help setup setup-tests build run test lint unit simulate system bench manual package clean

help:
	@echo "make run    a whole shop on loopback until Ctrl-C (FRESH=1 begins anew)"
	@echo "make test   every test (SALES=FILE replays real sales, SEEDS=1..1000 for the simulation)"
	@echo "make bench  the ratios against a bare responder"
	@echo "make manual manual pages and completion scripts, in .build/manual"
	@echo "make package the Debian package, in dist/"
	@echo "make build  the programs alone, in $(BUILD)"

setup:
	@devices/demo/setup.sh

setup-tests:
	@devices/demo/setup.sh tests

build: setup
	@devices/demo/build.sh

run: build
	@FRESH=$(FRESH) devices/demo/run.sh

test: setup-tests lint unit simulate system

lint: setup-tests
	$(SWIFT) format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests
	$(VENV)/bin/python -m pyflakes Tests/SystemTests devices systemd

unit:
	@devices/demo/build.sh debug --build-tests
	$(SWIFT) test --skip-build --no-parallel

simulate: build
	$(BUILD)/edge-sim --seeds $(SEEDS) --jobs $(JOBS)
	$(BUILD)/edge-sim --plants --jobs $(JOBS)

system: build
	SALES="$(SALES)" $(VENV)/bin/python -m pytest -q -rs Tests/SystemTests

manual: build
	@systemd/manual/build.sh $(BUILD) .build/manual

package: build
	@systemd/package/build.sh $(BUILD) dist

bench: build
	$(VENV)/bin/python Tests/SystemTests/bench/bench.py $(BENCH)

clean:
	rm -rf .build .run dist $(VENV)
