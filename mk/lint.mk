# Static checks. Each language is looked at once its files and its tools are there.

.PHONY: lint lint-rust lint-go lint-ruby lint-php

lint: lint-rust lint-go lint-ruby lint-php ## Check formatting and style

lint-rust:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

# gofmt prints the files it would change and succeeds all the same.
lint-go: stage
	@if test -f bindings/go/go.mod; then \
		echo "gofmt, go vet bindings/go"; \
		unformatted=$$(gofmt -l bindings/go) && test -z "$$unformatted" \
			|| { echo "not formatted: $$unformatted"; exit 1; }; \
		cd bindings/go && PKG_CONFIG_PATH=$(HOOKRAIL_LIB_DIR)/pkgconfig go vet ./...; \
	fi

lint-ruby:
	@if test -d bindings/ruby; then echo "ruby -wc bindings/ruby"; \
		find bindings/ruby -name '*.rb' -print0 | xargs -0 -r -n 1 ruby -wc > /dev/null; fi

lint-php:
	@if test -d bindings/php; then echo "php -l bindings/php"; \
		find bindings/php -name vendor -prune -o -name '*.php' -print0 \
			| xargs -0 -r -n 1 php -l > /dev/null; fi
