# The library on the platforms of docs/platforms.md, as `make dist` builds it.

.PHONY: test-native test-platforms

test-native: export DIST_PROFILE := quick
test-native: export DIST_LIBRARY_ONLY := 1
test-native: devserver ## The part of test-platforms that this machine runs by itself, with quick builds
	@tests/platforms/run native

test-platforms: devserver ## Everything that runs here: other machines, Alpine, slim systems, each package (PARTS)
	@scripts/setup --platforms
	@tests/platforms/run all $(PARTS)
