# Entry points. Each installs what it needs first (Debian packages of packages.txt; nothing is reinstalled).
#   make demo    build, then compress and restore real input and print a table
#   make check   build and run every test, sanitizer, fuzz target and check of the tree (clang-tidy: of what the last commit changed)
#   make tidy    clang-tidy over everything
#   make build   the release preset; the tool is build/release/bin/kompakt
#   make packages  Debian packages in build/packages, installed and tried in a clean root
#   make docs    pages of the public headers, the guides and the formats, in build/docs/html
#   make bench   compare with other compressors (BIG=1: on linux.tar too)

SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 3
SANITIZED_TARGETS := test_unit test_codec_suite test_container test_format test_pipeline test_archive test_api test_c \
                     fuzz_codec fuzz_container fuzz_format fuzz_tar fuzz_zip fuzz_warp_archive fuzz_coder

.PHONY: demo check build packages docs bench bootstrap release-tests asan-tests tsan-tests fuzz lint tidy tidy-changed coverage format clean

bootstrap:
	@tools/bootstrap.sh

build: bootstrap
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target kompakt_tool

demo: build
	tools/demo.sh build/release/bin/kompakt

# Cheap checks first, so that a slip is told early.
check: bootstrap lint docs release-tests asan-tests tsan-tests fuzz tidy-changed
	@echo "make check: all passed"

lint:
	python3 tools/check_layers.py
	python3 tools/check_tree.py
	tools/format.sh --check
	python3 tools/check_examples.py

release-tests: build
	cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(JOBS)

# The library and its fuzz targets. For time, what runs in release only: the tool's own tests and, by the test presets' filters,
# comparisons with the stock tools; under the thread sanitizer everything that does not depend on threads.
asan-tests: bootstrap
	cmake --preset asan-ubsan
	cmake --build --preset asan-ubsan -j $(JOBS) --target $(SANITIZED_TARGETS)
	UBSAN_OPTIONS=print_stacktrace=1 ctest --preset asan-ubsan -j $(JOBS) -E '^cli\.'

# The engine. (Jobs of every shape run on it in test_container, test_format and test_archive: built by hand in build/tsan they
# take the preset's filter too.)
tsan-tests: bootstrap
	cmake --preset tsan
	cmake --build --preset tsan -j $(JOBS)
	ctest --preset tsan -j $(JOBS)

# The fuzz targets are built by the asan-ubsan preset, with clang.
fuzz: bootstrap
	cmake --preset asan-ubsan
	cmake --build --preset asan-ubsan -j $(JOBS) --target $(SANITIZED_TARGETS)
	tools/fuzz.sh build/asan-ubsan/bin $(FUZZ_SECONDS)

# Over everything this takes as long as a third of the rest of `make check` together.
tidy: bootstrap
	cmake --preset tidy
	tools/tidy.sh build/tidy $(JOBS) src apps

# What the last commit and the working tree changed; everything where there is no history.
tidy-changed: bootstrap
	cmake --preset tidy
	tools/tidy.sh build/tidy $(JOBS) --changed src apps

docs: bootstrap
	tools/docs.sh

coverage: bootstrap
	cmake --preset coverage
	cmake --build --preset coverage -j $(JOBS)
	ctest --test-dir build/coverage -j $(JOBS) --output-on-failure
	python3 tools/coverage.py build/coverage

# Slow: everything is built as it is packed, and the clean root is fetched.
packages: bootstrap
	tools/packages.sh build/packages $(JOBS)

bench: build
	cmake --preset release -DKOMPAKT_BENCH=ON
	cmake --build --preset release -j $(JOBS)
	bench/run.sh build/release/bin

format:
	tools/format.sh

clean:
	rm -rf build
