# Uses of tools for scripts/check-tools, which sources this file: the toolchains of Rust and Go. Each is a
# function that fails if the tool does not work; $work is a folder for files, $root the tree.
# shellcheck shell=bash disable=SC2154

builds_rust() {
    mkdir "$work/crate"
    (
        cd "$work/crate" || exit
        cargo init --quiet --vcs none --name sample
        cargo fmt --check
        cargo clippy --quiet --offline -- -D warnings
        cargo run --quiet --offline
        cargo test --quiet --offline
    )
}

# Builds with the race detector and with C.
builds_go() {
    mkdir "$work/go"
    cat > "$work/go/sample_test.go" << 'TEXT'
package sample

import "testing"

func TestSample(t *testing.T) {
	if length("four") != 4 {
		t.Fatal("C does not count to four")
	}
}
TEXT
    cat > "$work/go/sample.go" << 'TEXT'
// Package sample asks C for a length.
package sample

/*
#include <stdlib.h>
#include <string.h>
*/
import "C"

import "unsafe"

func length(text string) int {
	copied := C.CString(text)
	defer C.free(unsafe.Pointer(copied))
	return int(C.strlen(copied))
}
TEXT
    (
        cd "$work/go" || exit
        go mod init example.com/sample
        [[ -z $(gofmt -l .) ]]
        go vet ./...
        go test -race ./...
    )
}

staticcheck_runs() {
    local version
    version=$(sed -n 's/^export STATICCHECK := //p' bindings/go/Makefile)
    GOFLAGS='' GOBIN=$work go install "$version"
    (cd "$work/go" && "$work/staticcheck" ./...)
}
