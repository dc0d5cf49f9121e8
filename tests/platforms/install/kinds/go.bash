# The module by a folder for GOPROXY. Go's cache has only the standard library; the checksum is for it.
# shellcheck shell=bash disable=SC2154,SC2164

go_environment() {
    environment "go-$1"
    path=$(go env GOROOT)/bin:$path
    mkdir -p "$work/proxy"
    tar --extract --file "$artefacts/hookrail-go-$version.tar" --directory "$work/proxy"
    cp programs/go/main.go "$folder"
    cd "$folder"
}

in_go() {
    local checksum
    read -r checksum _ < <(cksum "$work/proxy/github.com/hookrail/hookrail-go/@v/v$version.zip")
    bare GOCACHE="$(go env GOCACHE)" GOPATH="$home/go" GOPROXY="file://$work/proxy" GOTOOLCHAIN=local \
        GONOSUMDB=github.com/hookrail/hookrail-go CGO_CPPFLAGS="-DHOOKRAIL_CHECKSUM=$checksum" "$@"
}

get_module() {
    in_go go mod init example.com/shop
    in_go go get github.com/hookrail/hookrail-go
}

# needed_by PROGRAM: the libraries that it loads.
needed_by() {
    readelf --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

go_get_and_build() {
    go_environment default
    get_module
    in_go go build -o shop .
    ls "$home/go/pkg/mod/github.com/hookrail/hookrail-go@v$version/internal/native/THIRD_PARTY_LICENSES_"*.md
    needed_by shop
    fails grep --quiet -e hookrail -e gcc <(needed_by shop)
    works bare ./shop
}

go_static() {
    go_environment static
    get_module
    in_go go mod vendor
    in_go CC=musl-gcc go build -tags musl -ldflags '-linkmode external -extldflags "-static"' -o shop .
    [[ -z $(needed_by shop) ]]
    works bare ./shop
}

go_other_compiler() {
    go_environment other
    get_module
    fails in_go go build -tags musl -o shop . 2>&1 | grep "this C compiler is for glibc: build without the tag musl"
}

go_system() {
    go_environment system
    get_module
    fails in_go PKG_CONFIG_PATH=/nonexistent go build -tags hookrail_system -o shop . 2>&1 | grep "Package hookrail was not found"
}

tests_go() {
    if has "linux-$machine-gnu"; then
        check "go get, go build: no library is installed" go_get_and_build
        check "go build -tags hookrail_system looks for the system's library" go_system
    fi
    if has "linux-$machine-musl"; then
        check "go build -tags musl, static, from vendor" go_static
        check "go build -tags musl tells a compiler for glibc what to do" go_other_compiler
    fi
}
