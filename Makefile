# Short names for the common tasks; the build itself is CMake's (CMakePresets.json).
.DEFAULT_GOAL := build
PREFIX ?= /usr/local
DESTDIR ?=
TOP := $(CURDIR)

.PHONY: help quickstart setup build test unit asan system lint bench format install clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do \
	  printf '  make %-11s %s\n' "$$name" "$$text"; done

quickstart: build ## build, then see the whole job done: image, registry, run, network, logs
	tools/quickstart

setup: ## install the distribution packages that building and running need
	@tools/setup

format: ## let clang-format lay out the C++ code
	@tools/setup --lint
	find src examples bench \( -name "*.cc" -o -name "*.h" \) -exec clang-format -i {} +

build: setup ## the programs in release mode, in build/release/bin
	@mkdir -p build
	@cmake --preset release >build/.configure.log 2>&1 || { cat build/.configure.log; exit 1; }
	cmake --build --preset release --target programs

test: ## everything: unit tests, unit tests under sanitizers, system tests (as root; about 20 minutes on two cores)
	@tools/setup --tests
	@mkdir -p build
	cmake --preset asan
	cmake --build --preset asan --target unit_tests
	cmake --preset release -DTARE_ASAN_TESTS=$(TOP)/build/asan/bin
	cmake --build --preset release
	ctest --test-dir build/release --output-on-failure -j2

unit: setup ## the unit tests alone
	cmake --preset dev
	cmake --build --preset dev --target unit_tests
	ctest --test-dir build/dev --output-on-failure -j2 -L unit

asan: setup ## the unit tests under the address and undefined-behaviour sanitizers
	cmake --preset asan
	cmake --build --preset asan --target unit_tests
	ctest --test-dir build/asan --output-on-failure -j2 -L unit

system: build ## the system tests alone (as root)
	@tools/setup --tests
	ctest --test-dir build/release --output-on-failure -L system

lint: ## format, clang-tidy, shell scripts, and the project's own rules
	@tools/setup --lint
	tools/check
	cmake --preset tidy >/dev/null
	tools/tidy

bench: build ## measure against the floor and against the engines that are installed (as root)
	@tools/setup --bench
	cmake --build --preset release --target bench-floor bench-peak
	bench/run

install: build ## into PREFIX (/usr/local) under DESTDIR
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

clean: ## remove what was built
	rm -rf build
