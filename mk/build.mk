# What is built, and the set-up of the machine.

.PHONY: setup setup-core build stage devserver header licences demo clean

# The library that `stage` builds for the suites: `release` is the one that users get, `dev` is built in a fraction of
# the time (the profile `quick` of Cargo.toml).
STAGE_PROFILE ?= release
export STAGE_PROFILE
ifeq ($(filter release dev,$(STAGE_PROFILE)),)
$(error STAGE_PROFILE is "$(STAGE_PROFILE)", but must be "release" or "dev")
endif
LIBRARY_PROFILE := $(if $(filter dev,$(STAGE_PROFILE)),quick,release)
BUILT := $(CARGO_TARGET_DIR)/$(LIBRARY_PROFILE)

# These measure or compare the library that users get.
RELEASE_ONLY := test-reproducible test-instructions record-instructions bench
ifneq ($(STAGE_PROFILE),release)
ifneq ($(filter $(RELEASE_ONLY),$(MAKECMDGOALS)),)
$(error $(filter $(RELEASE_ONLY),$(MAKECMDGOALS)) needs the release build: run it without STAGE_PROFILE=$(STAGE_PROFILE))
endif
endif

setup: ## Install what building and testing take and this machine lacks
	@scripts/setup

setup-core:
	@scripts/setup --core

# The library is the same to the bit wherever it is built, and does not tell where that was: paths begin
# with a name instead of this machine's folder. Of nested folders the last one counts. C compilers see them
# without symbolic links. The standard library has its name already, except where its source is installed.
CARGO_HOME ?= $(HOME)/.cargo
RUSTC ?= rustc
names_of = $(foreach folder,$(sort $1 $(realpath $1)),$(folder)=$2)
STD_SOURCE = $(shell $(RUSTC) --print sysroot)/lib/rustlib/src/rust
STD_NAME = /rustc/$(shell $(RUSTC) --version --verbose | sed -n 's/^commit-hash: //p')
PATH_NAMES = $(call names_of,$(CURDIR),.) $(call names_of,$(CARGO_HOME)/registry/src,crates) \
	$(call names_of,$(STD_SOURCE),$(STD_NAME)) $(call names_of,$(CARGO_TARGET_DIR),target)

build: export RUSTFLAGS += $(addprefix --remap-path-prefix=,$(PATH_NAMES))
build: export CFLAGS += $(addprefix -ffile-prefix-map=,$(PATH_NAMES))
build: ## Build libhookrail.so and libhookrail.a
	$(CARGO) build --profile $(LIBRARY_PROFILE) --package hookrail

# The tests use the library as it will be installed: stripped of nothing, found by its SONAME.
stage: build
	@$(MAKE) --no-print-directory --silent install-files DESTDIR= PREFIX=$(STAGE) \
		LIBDIR=$(STAGE)/lib INCLUDEDIR=$(STAGE)/include

devserver: ## Build hookrail-devserver, the stand-in for the service
	$(CARGO) build --package hookrail-devserver

header: ## Write include/hookrail.h and its companions from src/ffi
	HOOKRAIL_UPDATE_HEADERS=1 $(CARGO) test --package hookrail --test header

licences: ## Write THIRD_PARTY_LICENSES.md from what is linked into the library
	HOOKRAIL_UPDATE_LICENCES=1 $(CARGO) test --package hookrail --test supply_chain

demo: setup-core stage devserver ## Send an event, watch its delivery, refuse a forged one
	@scripts/demo

clean: ## Remove everything that was built
	$(CARGO) clean
