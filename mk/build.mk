# What is built, and the set-up of the machine.

.PHONY: setup setup-core build stage devserver header demo clean

setup: ## Install what building and testing take and this machine lacks
	@scripts/setup

setup-core:
	@scripts/setup --core

build: ## Build libhookrail.so and libhookrail.a
	$(CARGO) build --release --package hookrail

# The tests use the library as it will be installed: stripped of nothing, found by its SONAME.
stage: build
	@$(MAKE) --no-print-directory --silent install-files DESTDIR= PREFIX=$(STAGE) \
		LIBDIR=$(STAGE)/lib INCLUDEDIR=$(STAGE)/include

devserver: ## Build hookrail-devserver, the stand-in for the service
	$(CARGO) build --package hookrail-devserver

header: ## Write include/hookrail.h and its companions from src/ffi
	HOOKRAIL_UPDATE_HEADERS=1 $(CARGO) test --package hookrail --test header

demo: setup-core stage devserver ## Send an event, watch its delivery, refuse a forged one
	@scripts/demo

clean: ## Remove everything that was built
	$(CARGO) clean
