# What users get: for each platform the library, its packages and their checksums (scripts/dist, docs/releasing.md).

# The platforms of this run, of those in scripts/dist/platforms.bash. All, unless some are named.
PLATFORMS ?=

.PHONY: dist

dist: export DIST_PROFILE ?= release
dist: ## Build the packages of all platforms (PLATFORMS, DIST_PROFILE=quick, SIGNING_KEY): docs/releasing.md
	@scripts/dist/run $(PLATFORMS)
