# The parts of tests/platforms/run, which sources this file.
# shellcheck shell=bash disable=SC2154

# Sets `platforms` to those whose programs can run here, and notes why others cannot.
choose_platforms() {
    local platform candidates=(linux-x86_64-gnu linux-x86_64-musl)
    [[ $which == native ]] || candidates+=(linux-aarch64-gnu linux-aarch64-musl)
    platforms=()
    for platform in "${candidates[@]}"; do
        if has_rust_target "$(rust_target_of "$platform")"; then
            platforms+=("$platform")
        else
            not_run+=("$platform, and what needs it: install Rust's library for it (rustup target add $(rust_target_of "$platform"))")
        fi
    done
    [[ $which == native ]] || not_run+=("macOS and FreeBSD: there is no such machine here")
}

# has_rust_target TARGET: tries to install it. Its server is no package registry: a machine may not reach it.
has_rust_target() {
    local folder
    folder=$(rustc --print target-libdir --target "$1")
    [[ -d $folder ]] || timeout 120 rustup target add "$1" > "$counting_output" 2>&1 || true
    [[ -d $folder ]]
}

# has PLATFORM
has() {
    [[ " ${platforms[*]} " == *" $1 "* ]]
}

build() {
    check "$1 is built" scripts/dist/build "$1"
    check "$1 passes the gates" scripts/dist/gates "$1"
}

# run_c PLATFORM SETTING... COMMAND...: runs tests/c with the platform's library.
run_c() {
    local prefix lists=()
    prefix=$(prefix_of "$1")
    [[ $1 != *-aarch64-* ]] || lists+=(tests/platforms/qemu.txt)
    [[ ${DIST_PROFILE:-} != quick ]] || lists+=(tests/platforms/quick.txt)
    cat /dev/null "${lists[@]}" > "$work/expected-$1"
    env VARIANTS=foreign HOOKRAIL_LIB_DIR="$prefix/lib" HOOKRAIL_INCLUDE_DIR="$prefix/include" \
        EXPECTED_FAILURES="$work/expected-$1" FOREIGN_COMPILER="$(compiler_for "$1")" "${@:2}"
}

# c_programs PLATFORM...: runs tests/c for several platforms at the same time, because it mostly waits.
c_programs() {
    local platform
    if [[ $* == *-aarch64-* ]]; then
        check "the C libraries for aarch64" make_aarch64
    fi
    start_c "$@"
    for platform in "$@"; do
        program "C on $platform" "$(run_c "$platform" tests/c/run --count)" cat "$work/c-$platform"
    done
}

# Runs tests/c for the platforms, and keeps the output of each.
start_c() {
    local platform runner running=()
    need_zig
    for platform in "$@"; do
        runner=
        [[ $platform != *-aarch64-* ]] || runner="qemu-aarch64 -L $systems/aarch64"
        run_c "$platform" FOREIGN_RUNNER="$runner" tests/c/run > "$work/c-$platform" 2>&1 < /dev/null &
        running+=($!)
    done
    wait "${running[@]}" || true
}

# Makes the packages of these kinds for $platforms.
make_packages() {
    local kind
    for kind in "$@"; do
        SOURCE_DATE_EPOCH=0 scripts/dist/package-"$kind" "${platforms[@]}"
    done
}

# install_packages KIND...: tests/platforms/install, for this machine's platforms.
install_packages() {
    local here=() platform
    for platform in "${platforms[@]}"; do
        [[ $platform != "linux-$(uname -m)-"* ]] || here+=("$platform")
    done
    program "installation" "$(PLATFORMS=${here[*]} tests/platforms/install/run --count "$@")" \
        env PLATFORMS="${here[*]}" tests/platforms/install/run "$@"
}

static_go() {
    check "a static Go program links with the library for musl" build_static
    check "it sends and verifies in an empty root" static_sends
}

build_static() {
    local prefix
    prefix=$(prefix_of linux-x86_64-musl)
    mkdir "$work/empty"
    cd tests/platforms/static || return
    CGO_ENABLED=1 CC=musl-gcc CGO_CFLAGS="-I$prefix/include" CGO_LDFLAGS="-L$prefix/lib" \
        go build -tags hookrail_intree -ldflags '-linkmode external -extldflags -static' -o "$work/empty/static" .
    ! readelf --program-headers "$work/empty/static" | grep INTERP
}

static_sends() {
    [[ $(ls -A "$work/empty") == static ]]
    start_server
    sends_event as_root chroot "$work/empty" /static
}

# Starts a development server, which ends with this script, and sets `url`.
start_server() {
    local line
    rm -f "$work/url"
    mkfifo "$work/url"
    setpriv --pdeathsig TERM "$HOOKRAIL_DEVSERVER" "$@" > "$work/url" &
    read -r line < "$work/url"
    url=${line#listening on }
}

# as_root COMMAND...: with the right to mount and to change the root.
as_root() {
    if ((EUID == 0)); then "$@"; else unshare --map-root-user "$@"; fi
}

# sends_event COMMAND...: runs a program that sends an event to $url and prints its id, which the server must know.
sends_event() {
    local id
    id=$(HOOKRAIL_API_KEY=hk_dev HOOKRAIL_BASE_URL=$url "$@")
    echo "the event is $id"
    curl --silent --fail --insecure --noproxy '*' --header 'Authorization: Bearer hk_dev' "$url/v1/events/$id"
}

# Systems that lack something, as the table in docs/platforms.md says.
slim_systems() {
    check "without CA certificates, https is refused and the message says why" refuses_https_without_authorities
    check "SSL_CERT_FILE gives them" takes_the_authorities_of_a_file
    check "nothing is written: the root may be read-only" sends_in_a_read_only_root
    check "a library on a file system without execution does not load" is_not_loaded_without_execution
}

refuses_https_without_authorities() {
    local message status=0
    message=$(HOOKRAIL_API_KEY=hk_dev HOOKRAIL_BASE_URL=https://127.0.0.1 as_root chroot "$work/empty" /static 2>&1) \
        || status=$?
    echo "$message"
    ((status == 1))
    [[ $message == "hookrail: configuration: "*"No CA certificates were loaded from the system"* ]]
    grep --fixed-strings --quiet "No CA certificates were loaded from the system" docs/platforms.md
}

takes_the_authorities_of_a_file() {
    start_server --tls-self-signed "$work/tls"
    mkdir "$work/with-file"
    cp "$work/empty/static" "$work/tls/ca.pem" "$work/with-file"
    SSL_CERT_FILE=/ca.pem sends_event as_root chroot "$work/with-file" /static
}

sends_in_a_read_only_root() {
    start_server
    # shellcheck disable=SC2016 # The other shell expands these.
    sends_event as_root unshare --mount sh -euc '
        mount --bind "$1" "$1"
        mount -o remount,bind,ro "$1"
        ! touch "$1/file" 2> /dev/null
        exec chroot "$1" /static' sh "$work/empty"
}

is_not_loaded_without_execution() {
    local message status=0
    printf '%s\n' '#include <hookrail.h>' 'int main(void) { return hookrail_abi_version() != HOOKRAIL_ABI_VERSION; }' \
        > "$work/loads.c"
    gcc "-I$HOOKRAIL_INCLUDE_DIR" -o "$work/loads" "$work/loads.c" "-L$(prefix_of linux-x86_64-gnu)/lib" -lhookrail
    LD_LIBRARY_PATH=$(prefix_of linux-x86_64-gnu)/lib "$work/loads"
    mkdir "$work/noexec"
    # shellcheck disable=SC2016 # The other shell expands these.
    message=$(as_root unshare --mount sh -euc '
        mount -t tmpfs -o noexec tmpfs "$1"
        cp "$2"/libhookrail.so.0 "$1"
        LD_LIBRARY_PATH=$1 exec "$3"' sh "$work/noexec" "$(prefix_of linux-x86_64-gnu)/lib" "$work/loads" 2>&1) || status=$?
    echo "$message"
    ((status == 127))
    [[ $message == *"failed to map segment from shared object"* ]]
}
