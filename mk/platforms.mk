# The library for other platforms than that of this machine, and its tests.

MUSL := $(shell uname -m)-unknown-linux-musl
MUSL_STAGE := $(CARGO_TARGET_DIR)/stage-musl
MUSL_LINK := $(CARGO_TARGET_DIR)/musl-link

.PHONY: stage-musl test-platforms

# Debian's musl-gcc has only an unwinder for glibc. rustc brings one for musl, but asks the linker for libgcc_s.
stage-musl: export CARGO_BUILD_TARGET := $(MUSL)
stage-musl: export RUSTFLAGS += -C linker=musl-gcc -C target-feature=-crt-static -L native=$(MUSL_LINK)
stage-musl:
	@command -v musl-gcc > /dev/null || { echo "musl-gcc is missing: install Debian's musl-tools" >&2; exit 1; }
	@folder=$$($(RUSTC) --print target-libdir --target $(MUSL)) && { test -d $$folder \
		|| { echo "Rust's library for musl is missing: rustup target add $(MUSL)" >&2; exit 1; }; } \
		&& mkdir -p $(MUSL_LINK) && echo "INPUT($$folder/self-contained/libunwind.a)" > $(MUSL_LINK)/libgcc_s.so
	@$(MAKE) --no-print-directory stage STAGE=$(MUSL_STAGE)

test-platforms: devserver stage-musl ## The C programs on musl; needs musl-tools and Rust's target for musl
	@HOOKRAIL_LIB_DIR=$(MUSL_STAGE)/lib VARIANTS=musl tests/c/run
