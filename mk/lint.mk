# Static checks. Folders that have a Makefile with a target `lint` of their own are asked to look at
# themselves.

LINTED_FOLDERS := bindings/go bindings/ruby bindings/php tests/cpp
SHELL_SCRIPTS = .ci/run $(filter-out %.txt %.awk,$(wildcard scripts/*)) benches/instructions/run \
	$(wildcard tests/*/run) $(wildcard bindings/*/tests/run) \
	tests/counting.bash tests/c/programs.bash tests/setup/readme $(wildcard tests/setup/tools/*.bash) \
	tests/cpp/documentation tests/cpp/example_epoll_producer tests/cpp/example_sender tests/cpp/wrapped \
	$(wildcard tests/conformance/drivers/*/build tests/conformance/drivers/*/run)
C_SOURCES = $(wildcard tests/c/*.[ch] tests/panics/*.c tests/sanitized/*.c tests/secrets/*.[ch] tests/setup/tools/*.c tests/install/project/*.c \
	examples/c/*.[ch] benches/instructions/*.[ch] tests/conformance/drivers/c/*.[ch] tests/examples/*.c)

.PHONY: lint lint-rust lint-c lint-shell lint-ruby lint-php lint-folders

lint: lint-rust lint-c lint-shell lint-ruby lint-php lint-folders ## Check formatting and style

lint-rust:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy --package hookrail --features panic-injection -- -D warnings

lint-c:
	clang-format --dry-run -Werror $(C_SOURCES)

lint-shell:
	shellcheck $(SHELL_SCRIPTS)

lint-ruby:
	find bindings/ruby -name '*.rb' -print0 | xargs -0 -r -n 1 ruby -wc > /dev/null

lint-php:
	find bindings/php \( -name vendor -o -name build \) -prune -o -name '*.php' -print0 \
		| xargs -0 -r -n 1 php -l > /dev/null

# Looking at Go takes the library.
lint-folders: stage
	@for folder in $(LINTED_FOLDERS); do \
		echo "$$folder"; $(MAKE) --no-print-directory -C $$folder lint || exit 1; \
	done
