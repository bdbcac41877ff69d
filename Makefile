# The commands people type; CMake does the building. Each target says what it does when it
# starts (`make help`), gets the Debian packages it needs, and never changes the clock of
# the machine it runs on.
SHELL := /bin/sh
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
CTEST_FLAGS ?=
SEEDS ?= 20
# A ccache finds what was compiled in another folder: `make deb` compiles in one of its own.
export CCACHE_BASEDIR := $(CURDIR)

.DEFAULT_GOAL := all
.PHONY: all everything configure run test gates accuracy bench bench-server install deb clean help packages test-packages peers

all: configure  ## build the programs into build/bin
	@ninja -C $(BUILD) -j $(JOBS) programs

everything: configure
	@ninja -C $(BUILD) -j $(JOBS)

run: all peers  ## the tutorial in two private hosts, with its tables (GUEST=1: a real clock in a virtual machine)
ifeq ($(GUEST),1)
	@$(MAKE) --no-print-directory test-packages
	@ninja -C $(BUILD) -j $(JOBS) true_clock
	@tests/guest/run --build $(BUILD) --show tutorial
else
	@tests/system/tutorial --build $(BUILD)
endif

test: test-packages everything peers  ## every test that this machine can run
	@tools/run-tests $(BUILD) $(CTEST_FLAGS)

gates: test-packages everything  ## what takes too long for `make test`: a second compiler, and the sanitisers
	@python3 -B tests/lint/clang.py $(BUILD)
	@tests/lint/sanitized.sh $(BUILD)/sanitized .

accuracy: configure  ## how accurate we are, beside chrony: recorded worlds, then simulated ones (SEEDS=20), with pictures
	@ninja -C $(BUILD) -j $(JOBS) replay-traces sim-worlds
	@$(BUILD)/bin/replay-traces --all --csv $(BUILD)/accuracy_recorded.csv
	@mkdir -p $(BUILD)/accuracy
	@$(BUILD)/bin/sim-worlds -s $(SEEDS) --csv $(BUILD)/accuracy_worlds.csv --pictures $(BUILD)/accuracy
	@echo "written: $(BUILD)/accuracy_recorded.csv, $(BUILD)/accuracy_worlds.csv, $(BUILD)/accuracy/*.svg"

bench: everything peers  ## memory, wake-ups, requests per second, start-to-synchronised, beside the machine's chronyd
	@tests/bench/suite/bench --build $(BUILD)
	@$(BUILD)/bin/bench-server --quick

bench-server: everything peers  ## the server beside a bare responder, chronyd, ntpsec, OpenNTPD: tables, CSV, picture (some minutes)
	@$(BUILD)/bin/bench-server
	@echo "probes of a server with sanitisers in it, beside chronyd (built first: a minute or two)"
	@tests/bench/server/sanitized-probes $(CURDIR)/$(BUILD)/sanitized $(CURDIR) $(CURDIR)/$(BUILD)/peers

install: packages  ## install under DESTDIR and PREFIX
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@ninja -C $(BUILD) -j $(JOBS) programs
	@DESTDIR="$(DESTDIR)" cmake --install $(BUILD)

deb:  ## a Debian package in build/deb
	@tools/install-packages deb
	@tools/make-deb $(BUILD)/deb

clean:  ## remove what was built (the peers that were fetched as well)
	@rm -rf $(BUILD)

help:  ## this list
	@echo "make            build (as below: all)"
	@sed -n 's/^\([a-z-]*\):.*  ## /\1|/p' Makefile | awk -F'|' '{printf "make %-13s %s\n", $$1, $$2}'

packages:
	@tools/install-packages build

test-packages:
	@tools/install-packages test

peers: packages
	@tools/fetch-peers $(BUILD)/peers chrony ntpsec openntpd gpsd gpsfake ifupdown kernel headers

configure: packages
	@mkdir -p $(BUILD)
	@cmake -S . -B $(BUILD) -G Ninja >$(BUILD)/configure.log 2>&1 || { cat $(BUILD)/configure.log; exit 1; }
