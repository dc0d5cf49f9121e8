# The tools of `make dist`, in pinned versions, in a folder of their own. Scripts source this file.

TOOLS=$DIST/tools
ZIG_VERSION=$(sed -n 's/^ziglang==//p' scripts/dist/requirements.txt)
export ZIG_VERSION

# Installs the packages of the Python index, in an environment of their own.
need_python_tools() {
    local wanted=scripts/dist/requirements.txt
    cmp --silent "$wanted" "$TOOLS/requirements.txt" && return
    echo "dist: installing zig and the other tools of scripts/dist/requirements.txt"
    mkdir -p "$TOOLS"
    python3 -m venv "$TOOLS/venv"
    "$TOOLS/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$TOOLS/requirements.txt"
}

# need_cargo_tool NAME@VERSION...: installs programs of the crates index.
need_cargo_tool() {
    local wanted
    for wanted in "$@"; do
        [[ -e $TOOLS/have/$wanted ]] && continue
        echo "dist: installing $wanted"
        env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_TARGET_DIR="$TOOLS/build" \
            cargo install --quiet --locked --root "$TOOLS" "$wanted"
        rm -rf "$TOOLS/build"
        mkdir -p "$TOOLS/have"
        touch "$TOOLS/have/$wanted"
    done
}

# need_rust_target TARGET: Rust's standard library for a target, from the toolchain's own installer.
need_rust_target() {
    [[ -d $(rustc --print target-libdir --target "$1") ]] && return
    command -v rustup > /dev/null \
        || fail "Rust's standard library for $1 is missing, and there is no rustup to install it"
    rustup target add "$1"
}

# Clang with the C libraries of all platforms, and the runner of cargo that links with it.
need_zig() {
    need_python_tools
    # cargo-zigbuild writes its wrappers here.
    export CARGO_ZIGBUILD_CACHE_DIR=$TOOLS/zigbuild ZIG_GLOBAL_CACHE_DIR=$TOOLS/zig ZIG_LOCAL_CACHE_DIR=$TOOLS/zig
    export PATH=$TOOLS/venv/bin:$TOOLS/bin:$PATH
}

need_auditable() {
    need_cargo_tool cargo-auditable@0.7.7
    export PATH=$TOOLS/bin:$PATH
}

# The folder of the programs that belong to Rust's toolchain.
rust_tools() {
    local host
    host=$(rustc --version --verbose | sed -n 's/^host: //p')
    echo "$(rustc --print sysroot)/lib/rustlib/$host/bin"
}

# The objcopy of Rust's toolchain, which changes the files of all machines.
rust_objcopy() {
    echo "env LD_LIBRARY_PATH=$(rustc --print sysroot)/lib $(rust_tools)/rust-objcopy"
}

zig_folder() {
    "$TOOLS/venv/bin/python" -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))'
}
