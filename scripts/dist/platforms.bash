# The platforms of `make dist`. Scripts source this file from the root of the project.

# The folder of everything that `make dist` makes.
DIST=${CARGO_TARGET_DIR:-$PWD/target}/dist
VERSION=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
export DIST VERSION

# The oldest glibc that the libraries run on.
export GLIBC_FLOOR=2.17
# The oldest macOS.
export MACOS_FLOOR=11.0

ALL_PLATFORMS=(linux-x86_64-gnu linux-x86_64-musl linux-aarch64-gnu linux-aarch64-musl macos-arm64 macos-x86_64)
export ALL_PLATFORMS

fail() {
    echo "dist: $*" >&2
    exit 1
}

# machine_of PLATFORM: the machine as Rust and the kernel name it.
machine_of() {
    case $1 in
        *-x86_64*) echo x86_64 ;;
        *-aarch64* | *-arm64) echo aarch64 ;;
    esac
}

# rust_target_of PLATFORM
rust_target_of() {
    case $1 in
        linux-*-gnu) echo "$(machine_of "$1")-unknown-linux-gnu" ;;
        linux-*-musl) echo "$(machine_of "$1")-unknown-linux-musl" ;;
        macos-*) echo "$(machine_of "$1")-apple-darwin" ;;
        *) fail "unknown platform $1, only: ${ALL_PLATFORMS[*]}" ;;
    esac
}

# prefix_of PLATFORM: the folder with the installed library.
prefix_of() {
    echo "$DIST/platforms/$1"
}
