# The benchmarks: benches/Makefile has the programs and the runner.

.PHONY: setup-bench bench bench-page test-benches


setup-bench:
	@scripts/setup --bench

# The page is written from all groups; a single one or a quick look leaves it alone.
bench: setup-bench stage ## Compare with what one would use instead; writes docs/performance.md (QUICK=1, ONLY=send)
	@$(MAKE) --no-print-directory -C benches measure
	@$(if $(QUICK)$(ONLY),,$(MAKE) --no-print-directory -C benches page)

bench-page: setup-bench ## Write docs/performance.md from what was measured last
	@$(MAKE) --no-print-directory -C benches page

test-benches: stage ## Each benchmark program for a handful of operations
	@$(MAKE) --no-print-directory -C benches test
