# The Go module where only Go and Debian's C compiler are.
# shellcheck shell=bash disable=SC2154
# shellcheck source=../roots.bash
. ./roots.bash

go_in_a_root() {
    debian go gcc libc6-dev
    has_no cargo pkg-config g++
    mkdir "$debian/usr/local/go" "$debian/proxy"
    cp programs/go/main.go "$debian/shop"
    tar --extract --file "$artefacts/hookrail-go-$version.tar" --directory "$debian/proxy"
    in_debian go mod init example.com/shop
    in_debian env GOPROXY=file:///proxy GONOSUMDB=github.com/hookrail/hookrail-go go get github.com/hookrail/hookrail-go
    in_debian go build -o shop .
    works in_debian ./shop
}

tests_root_go() {
    check "a Debian with Go: go get, go build" go_in_a_root
}
