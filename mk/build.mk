# Builds, and the set-up of the machine.

.PHONY: setup setup-core registries path-names build stage devserver header licences demo clean

# The library that `stage` builds for the suites: `release` is the one that users get, `dev` is built in a fraction of
# the time (the profile `quick` of Cargo.toml).
STAGE_PROFILE ?= release
export STAGE_PROFILE
ifeq ($(filter release dev,$(STAGE_PROFILE)),)
$(error STAGE_PROFILE is "$(STAGE_PROFILE)", but must be "release" or "dev")
endif
LIBRARY_PROFILE := $(if $(filter dev,$(STAGE_PROFILE)),quick,release)
BUILT := $(CARGO_TARGET_DIR)/$(addsuffix /,$(CARGO_BUILD_TARGET))$(LIBRARY_PROFILE)

# These measure or compare the library that users get, so that they refuse another build.
RELEASE_ONLY := test-reproducible test-instructions record-instructions bench
ifneq ($(STAGE_PROFILE),release)
ifneq ($(filter $(RELEASE_ONLY),$(MAKECMDGOALS)),)
$(error $(filter $(RELEASE_ONLY),$(MAKECMDGOALS)) needs the release build: run it without STAGE_PROFILE=$(STAGE_PROFILE))
endif
endif

setup: ## Install the missing packages that the builds and tests need
	@scripts/setup

setup-core:
	@scripts/setup --core

# The library is the same to the bit on each machine and contains no path of it: a name replaces the beginning of each
# path. For nested folders the last option counts. C compilers resolve symbolic links, so that each folder is listed with
# and without them. The paths of the standard library begin with a name already, unless its source is installed. The name of
# a registry's folder, which has a checksum, would stand in a hundred paths.
CARGO_HOME ?= $(HOME)/.cargo
RUSTC ?= rustc
names_of = $(foreach folder,$(sort $1 $(realpath $1)),$(folder)=$2)
STD_SOURCE = $(shell $(RUSTC) --print sysroot)/lib/rustlib/src/rust
STD_NAME = /rustc/$(shell $(RUSTC) --version --verbose | sed -n 's/^commit-hash: //p')
REGISTRIES = $(shell ls -d $(CARGO_HOME)/registry/src/*/ 2> /dev/null | sed 's|/$$||')
PATH_NAMES = $(call names_of,$(CURDIR),.) $(call names_of,$(REGISTRIES),crates) \
	$(call names_of,$(STD_SOURCE),$(STD_NAME)) $(call names_of,$(CARGO_TARGET_DIR),target)

# The first build on a machine would make the folders of the registries only after their names were needed.
registries:
	@test -n "$(REGISTRIES)" || $(CARGO) fetch --locked

path-names: registries
	@printf '%s\n' $(PATH_NAMES)

build: export RUSTFLAGS += $(addprefix --remap-path-prefix=,$(PATH_NAMES))
build: export CFLAGS += $(addprefix -ffile-prefix-map=,$(PATH_NAMES))
build: registries ## Build libhookrail.so and libhookrail.a
	$(CARGO) build --profile $(LIBRARY_PROFILE) --package hookrail

# With STAGED set, `stage` and `devserver` are taken to be up to date: suites that run side by side must not build them.
STAGED ?=

# The tests use the library as users install it, and find it by its SONAME.
ifneq ($(STAGED),)
stage devserver:
	@:
else
stage: build
	@$(MAKE) --no-print-directory --silent install-files DESTDIR= PREFIX=$(STAGE) \
		LIBDIR=$(STAGE)/lib INCLUDEDIR=$(STAGE)/include

devserver: ## Build hookrail-devserver, a service for tests
	$(CARGO) build --package hookrail-devserver
endif

header: ## Write include/hookrail.h and its companions from src/ffi
	HOOKRAIL_UPDATE_HEADERS=1 $(CARGO) test --package hookrail --test header
	bindings/python/tools/declarations.py include/hookrail.h --write

licences: ## Write THIRD_PARTY_LICENSES.md from the crates in the library
	HOOKRAIL_UPDATE_LICENCES=1 $(CARGO) test --package hookrail --test supply_chain

demo: setup-core stage devserver ## Send an event, watch its delivery, refuse a forged one
	@scripts/demo

clean: ## Remove all builds
	$(CARGO) clean
