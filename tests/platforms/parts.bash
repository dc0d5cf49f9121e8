# The parts of tests/platforms/run, which sources this file.
# shellcheck shell=bash

# Sets `platforms` to those whose programs can run here, and notes why others cannot.
choose_platforms() {
    local platform candidates=(linux-x86_64-gnu linux-x86_64-musl)
    [[ $which == native ]] || candidates+=(linux-aarch64-gnu linux-aarch64-musl)
    platforms=()
    for platform in "${candidates[@]}"; do
        if has_rust_target "$(rust_target_of "$platform")"; then
            platforms+=("$platform")
        else
            not_run+=("$platform: Rust's library for it is missing: rustup target add $(rust_target_of "$platform")")
        fi
    done
    not_run+=("macOS: there is no such machine here; it is only linked (make dist)")
}

# has_rust_target TARGET: tries to install it. Its server is no package registry: a machine may not reach it.
has_rust_target() {
    (need_rust_target "$1") > "$counting_output" 2>&1 && [[ -d $(rustc --print target-libdir --target "$1") ]]
}

# has PLATFORM
has() {
    [[ " ${platforms[*]} " == *" $1 "* ]]
}

# runner_for PLATFORM: prints the command that runs a program.
runner_for() {
    [[ $1 != *-aarch64-* ]] || echo "qemu-aarch64 -L $systems/aarch64"
}

# run_c PLATFORM: tests/c with the platform's library.
run_c() {
    local prefix
    prefix=$(prefix_of "$1")
    env VARIANTS=foreign HOOKRAIL_LIB_DIR="$prefix/lib" HOOKRAIL_INCLUDE_DIR="$prefix/include" \
        FOREIGN_COMPILER="$(compiler_for "$1")" "${@:2}"
}

c_programs() {
    local settings=()
    if [[ $1 == *-aarch64-* ]]; then
        check "the C libraries for aarch64" make_aarch64
        settings=(EXPECTED_FAILURES="$PWD/tests/platforms/qemu.txt")
    fi
    settings+=(FOREIGN_RUNNER="$(runner_for "$1")")
    program "C on $1" "$(run_c "$1" "${settings[@]}" tests/c/run --count)" run_c "$1" "${settings[@]}" tests/c/run
}

c_programs_on_alpine() {
    local settings=(FOREIGN_RUNNER="$PWD/tests/platforms/in-root $systems/alpine")
    check "Alpine's root file system" make_alpine
    program "C on Alpine" "$(run_c linux-x86_64-musl tests/c/run --count)" \
        run_c linux-x86_64-musl "${settings[@]}" tests/c/run
}
