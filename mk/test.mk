# The tests: each suite alone (test-<suite>), or all of them with a line of totals.

# Suites with a folder of their own.
FOLDER_SUITES := tests/scripts/setup tests/scripts/suites bindings/go bindings/ruby bindings/php bindings/python \
	tests/cpp tests/attacks/panics tests/attacks/secrets tests/conformance tests/attacks/kill benches/instructions \
	tests/platforms/gates
# The suite `setup` needs no build, so that it runs beside the builds. The others begin in this order, TEST_LANES at once:
# the long ones first, so that no processor waits for one of them at the end.
LATER_SUITES := rust c native cpp conformance python ruby lint go php reproducible examples crate panics install kill \
	benches suites secrets instructions gates
TEST_LANES ?= 2
SUITES := setup $(LATER_SUITES)
RESULTS := $(CARGO_TARGET_DIR)/test-results

.PHONY: test suite-setup list-suites compile-tests test-fresh check-tools test-unit test-header test-floors test-rust \
	test-faults test-c test-sanitized test-install test-examples test-crate test-reproducible record-instructions \
	$(addprefix test-,$(notdir $(FOLDER_SUITES)))

# The builds come first, because a suite is not at fault if they fail.
test: setup ## Run every suite (test-<suite> runs one); the last line has the totals
	@rm -rf $(RESULTS)
	@trap 'trap - INT TERM; kill 0' INT TERM; \
		$(MAKE) --no-print-directory suite-setup & $(MAKE) --no-print-directory compile-tests & \
		status=0; $(MAKE) --no-print-directory stage devserver || status=$$?; wait; exit $$status
	@printf '%s\n' $(LATER_SUITES) | xargs --max-procs=$(TEST_LANES) --replace \
		scripts/suite $(RESULTS) {} $(MAKE) --no-print-directory test-{} STAGED=1
	@scripts/totals $(RESULTS)

suite-setup:
	@scripts/suite $(RESULTS) setup $(MAKE) --no-print-directory test-setup

list-suites:
	@printf '%s\n' $(SUITES)

# The suite `rust` reports tests that do not compile.
compile-tests: devserver
	-$(CARGO) test --workspace --no-run

test-fresh: ## Run the commands of README.md on a machine as if it were new; needs root, takes twice the time
	@scripts/fresh-root tests/scripts/setup/readme

check-tools: ## Try each tool of the suites
	@scripts/check-tools

test-unit:
	$(CARGO) test --package hookrail --lib

test-header:
	$(CARGO) test --package hookrail --test header

test-floors:
	$(CARGO) test --package hookrail --test floors

test-rust: ## Run the unit, integration and documentation tests of the Rust workspace
	@CARGO="$(CARGO)" scripts/rust-tests

test-faults: ## Every fault at every byte of a send, ten minutes; test-rust runs a sample
	HOOKRAIL_FAULTS=all $(CARGO) test --test faults

test-c: stage devserver ## The C programs: plain, under valgrind, with sanitizers
	@tests/c/run

test-sanitized: stage devserver ## The library under sanitizers and Miri; needs a nightly toolchain
	@tests/attacks/sanitized/run

test-install: stage ## Install, build external projects against it, uninstall
	@tests/packages/install/run

test-examples: stage devserver ## The examples, those in README.md, and the demo
	@tests/packages/examples/run

test-crate: devserver ## Pack the crate, and run the tests of the package and a program that depends on it
	@CARGO="$(CARGO)" tests/packages/crate/run

test-reproducible: stage ## Build the library in another folder and compare
	@tests/packages/reproducible/run

$(filter-out test-setup,$(addprefix test-,$(notdir $(FOLDER_SUITES)))): stage devserver
$(addprefix test-,$(notdir $(FOLDER_SUITES))): test-%:
	@$(MAKE) --no-print-directory -C $(filter %/$*,$(FOLDER_SUITES)) test

record-instructions: stage ## Write benches/instructions/recorded.txt, which test-instructions compares
	@$(MAKE) --no-print-directory -C benches/instructions record

.PHONY: fuzz fuzz-minimise

fuzz: ## Fuzz each target for FUZZ_CPU_MINUTES (30); needs cargo-fuzz and a nightly toolchain
	@scripts/fuzz

fuzz-minimise: ## Replace fuzz/corpus by the smallest inputs that `make fuzz` has found
	@scripts/fuzz-minimise
