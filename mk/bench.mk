# The benchmarks: benches/Makefile has the programs and the runner.

.PHONY: setup-bench bench bench-page test-benches

setup-bench:
	@scripts/setup --bench

# Only a full run writes the page.
bench: setup-bench stage ## Compare with the alternatives; writes docs/performance.md (QUICK=1, ONLY=send)
	@$(MAKE) --no-print-directory -C benches measure
	@$(if $(QUICK)$(ONLY),,$(MAKE) --no-print-directory -C benches page)

bench-page: setup-bench ## Write docs/performance.md from the last measurements
	@$(MAKE) --no-print-directory -C benches page

test-benches: stage ## Run each benchmark program for a few operations
	@$(MAKE) --no-print-directory -C benches test
