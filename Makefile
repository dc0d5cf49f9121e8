# libhookrail: build, tests, installation. `make help` lists the targets.
#
# Settings (on the command line or in the environment):
#   PREFIX, LIBDIR, INCLUDEDIR   where `make install` puts things (/usr/local, PREFIX/lib, PREFIX/include)
#   DESTDIR                      a root to install below, for packagers
#   CARGO_TARGET_DIR             where everything is built (target)
#
# Every folder below bindings/, tests/ and benches/ that has a suite of its own has a Makefile with a
# target `test`. It says how many tests are to come and prints `N passed, M failed` as its last line
# (tests/counting.bash), and finds in its environment:
#   HOOKRAIL_LIB_DIR      the folder with libhookrail.so, its versioned links and libhookrail.a
#   HOOKRAIL_INCLUDE_DIR  the folder with hookrail.h and hookrail.hpp
#   HOOKRAIL_DEVSERVER    the hookrail-devserver program
#   HOOKRAIL_PREFIX       a prefix into which the library is installed: the two folders above, with
#                         lib/pkgconfig and lib/cmake

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:

CARGO ?= cargo
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR

STAGE := $(CARGO_TARGET_DIR)/stage
export HOOKRAIL_PREFIX := $(STAGE)
export HOOKRAIL_LIB_DIR := $(STAGE)/lib
export HOOKRAIL_INCLUDE_DIR := $(STAGE)/include
export HOOKRAIL_DEVSERVER := $(CARGO_TARGET_DIR)/debug/hookrail-devserver

include mk/build.mk
include mk/install.mk
include mk/lint.mk
include mk/test.mk
include mk/bench.mk
include mk/audit.mk

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
