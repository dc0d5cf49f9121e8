# The linters: `make lint` runs all of them, `make lint-<name>` runs one. None of them needs the library.

# The suite `lint` runs LINTERS. The suites of the languages run the linters of their language.
LINTERS := rustfmt clippy clippy-panics c shell ruby-syntax php-syntax benches
LANGUAGE_LINTERS := cpp go ruby php python
# The parts of `make check`, the quick ones first.
CHECKS := $(addprefix lint-,rustfmt c cpp shell ruby-syntax php-syntax php ruby benches go clippy clippy-panics) \
	test-unit test-header test-floors

# Without generated files and without folders that other tools write.
C_SOURCES = $(shell find benches examples tests -name '*.[ch]')
SHELL_SCRIPTS = $(shell grep --recursive --files-with-matches --exclude-dir=vendor --exclude-dir=build '^.!/.*sh$$' \
	.ci benches bindings scripts tests) $(shell find scripts tests -name '*.bash')
files_of = find bindings benches tests \( -name vendor -o -name build \) -prune -o -name '*.$1' -print0 \
	| xargs -0 -r -n 1 -P $(shell nproc)

.PHONY: check lint test-lint $(addprefix lint-,$(LINTERS) $(LANGUAGE_LINTERS))

check: ## Run the linters, the unit tests and the tests of header and floors (a minute)
	@scripts/parts --stop $(CHECKS)

lint: ## Run every linter
	@scripts/parts $(addprefix lint-,$(LINTERS) $(LANGUAGE_LINTERS))

test-lint:
	@scripts/parts $(addprefix lint-,$(LINTERS))

lint-rustfmt:
	$(CARGO) fmt --all --check

lint-clippy:
	$(CARGO) clippy --workspace --all-targets -- -D warnings

lint-clippy-panics:
	$(CARGO) clippy --package hookrail --features panic-injection -- -D warnings

lint-c:
	clang-format --dry-run -Werror $(C_SOURCES)

lint-shell:
	shellcheck $(SHELL_SCRIPTS)

lint-ruby-syntax:
	$(call files_of,rb) ruby -wc > /dev/null

lint-php-syntax:
	$(call files_of,php) php -l > /dev/null

lint-cpp:
	@$(MAKE) --no-print-directory -C tests/cpp lint

lint-go lint-ruby lint-php lint-python: lint-%:
	@$(MAKE) --no-print-directory -C bindings/$* lint HOOKRAIL_INCLUDE_DIR=$(CURDIR)/include

lint-benches:
	@$(MAKE) --no-print-directory -C benches lint HOOKRAIL_INCLUDE_DIR=$(CURDIR)/include
