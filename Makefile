# libhookrail: build, tests, installation. `make help` lists the targets.
#
# Settings, on the command line or in the environment:
#   PREFIX, LIBDIR, INCLUDEDIR   the folders of `make install` (/usr/local, PREFIX/lib, PREFIX/include)
#   MANDIR, DOCDIR               its folders for the pages of `make docs` (PREFIX/share/man, PREFIX/share/doc/libhookrail)
#   DESTDIR                      a folder that stands for / in `make install`, for packagers
#   CARGO_TARGET_DIR             the folder of everything that is built (target)
#   STAGE_PROFILE                the build that the suites use: release, or dev while you work (release)
#
# A suite with a folder of its own has a Makefile there, with a target `test`. The target announces the number of its
# tests and prints `N passed, M failed` as its last line (tests/counting.bash). Its environment has:
#   HOOKRAIL_LIB_DIR      the folder with libhookrail.so, its versioned links and libhookrail.a
#   HOOKRAIL_INCLUDE_DIR  the folder with hookrail.h and hookrail.hpp
#   HOOKRAIL_DEVSERVER    the program hookrail-devserver
#   HOOKRAIL_PREFIX       a prefix with an installed library: the two folders above, lib/pkgconfig and lib/cmake

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
include mk/docs.mk
include mk/lint.mk
include mk/test.mk
include mk/platforms.mk
include mk/dist.mk
include mk/bench.mk
include mk/audit.mk

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
