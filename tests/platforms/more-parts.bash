# The parts of tests/platforms/run that only `all` has. It sources this file.
# shellcheck shell=bash disable=SC2154

# on_alpine COMMAND...
on_alpine() {
    tests/platforms/in-root "$systems/alpine" "$@"
}

c_programs_on_alpine() {
    program "C on Alpine" "$(run_c linux-x86_64-musl tests/c/run --count)" \
        run_c linux-x86_64-musl FOREIGN_RUNNER="$PWD/tests/platforms/in-root $systems/alpine" tests/c/run
}

packages_on_alpine() {
    check "apk installs the package, and a C program sends with it" apk_works
    check "the certificate authorities of Alpine are found" finds_authorities_of_alpine
    check "CPython for musl" make_python
    check "pip takes the wheel for musl, and Python sends" python_sends
}

# Alpine does not know the key of the package.
apk_works() {
    on_alpine apk del --quiet --no-network libhookrail || true
    on_alpine apk add --quiet --no-network --allow-untrusted "$DIST"/artefacts/libhookrail_*_x86_64.apk
    on_alpine apk info --quiet --contents libhookrail | grep --line-regexp 'usr/lib/libhookrail\.so\.0'
    musl-gcc "-I$HOOKRAIL_INCLUDE_DIR" -o "$work/shop" tests/platforms/install/programs/c/shop.c \
        "-L$(prefix_of linux-x86_64-musl)/lib" -lhookrail
    start_server
    sends_event on_alpine "$work/shop"
}

# Nothing listens there, but the client is made.
finds_authorities_of_alpine() {
    local message status=0
    message=$(HOOKRAIL_API_KEY=hk_dev HOOKRAIL_BASE_URL=https://127.0.0.1:1 on_alpine "$work/shop" 2>&1) || status=$?
    echo "$message"
    ((status == 1))
    [[ $message == *"cannot connect to 127.0.0.1:1"* ]]
}

python_sends() {
    local program='
import hookrail
with hookrail.Hookrail() as client:
    print(client.send_event("order.paid", {"total": 12}).event_id)'
    on_alpine /opt/python/bin/python3.13 -m pip install --quiet --no-index --target "$work/python" \
        --find-links "$DIST/artefacts" hookrail
    start_server
    PYTHONPATH=$work/python sends_event on_alpine /opt/python/bin/python3.13 -c "$program"
}

rust_forks() {
    check "forks of a static Rust program on musl" \
        cargo test --quiet --package hookrail --test fork --target x86_64-unknown-linux-musl
}

# The systems for which the library is only compiled here: `make dist` also links for macOS.
other_systems() {
    local target
    for target in aarch64-apple-darwin x86_64-apple-darwin x86_64-unknown-freebsd; do
        check "clippy for $target" lints_for "$target"
    done
}

lints_for() {
    need_zig
    need_rust_target "$1"
    CARGO_TARGET_DIR=$systems/clippy cargo-zigbuild clippy --quiet --package hookrail --lib --target "$1" -- -D warnings
}
