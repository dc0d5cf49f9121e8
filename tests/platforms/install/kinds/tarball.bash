# The library with its headers in a tar file: the ways to build programs with it.
# shellcheck shell=bash disable=SC2154,SC2164

unpack() {
    environment "tarball-$1"
    prefix=$home/libhookrail
    mkdir "$prefix"
    tar --extract --file "$artefacts/libhookrail-$version-linux-$machine-gnu.tar.gz" --directory "$prefix" --strip-components 1
    cp programs/c/* "$folder"
    cd "$folder"
}

with_prefix() {
    bare PKG_CONFIG_PATH="$prefix/lib/pkgconfig" "$@"
}

with_pkg_config() {
    unpack pkg-config
    # shellcheck disable=SC2046 # The flags are words.
    cc -o shop shop.c $(with_prefix pkg-config --cflags --libs hookrail)
    works bare LD_LIBRARY_PATH="$prefix/lib" ./shop
    # shellcheck disable=SC2046
    cc -o static shop.c -Wl,--as-needed -l:libhookrail.a $(with_prefix pkg-config --static --cflags --libs hookrail)
    works bare ./static
}

# with_cmake TARGET
with_cmake() {
    unpack "cmake-$1"
    bare cmake -S . -B build -DCMAKE_PREFIX_PATH="$prefix" -DLINKED="$1"
    bare cmake --build build
    works bare build/shop
}

# As in a system where /lib is a link to /usr/lib.
through_a_link() {
    unpack link
    mkdir "$home/system"
    ln -s "$prefix/lib" "$home/system/lib"
    bare cmake -S . -B build -DCMAKE_PREFIX_PATH="$home/system" -DLINKED=static
    bare cmake --build build
    works bare build/shop
}

with_meson() {
    unpack meson
    with_prefix meson setup build
    with_prefix meson compile -C build
    works bare LD_LIBRARY_PATH="$prefix/lib" build/shop
}

has_the_devserver() {
    unpack devserver
    [[ $(bare "$prefix/bin/hookrail-devserver" --exit-with-stdin < /dev/null) == listening* ]]
}

tests_tarball() {
    has "linux-$machine-gnu" || return 0
    check "tarball: pkg-config" with_pkg_config
    check "tarball: CMake, shared" with_cmake shared
    check "tarball: CMake, static" with_cmake static
    check "tarball: CMake, through a link to its lib" through_a_link
    check "tarball: Meson" with_meson
    # A build of the library alone has none.
    [[ -n ${DIST_LIBRARY_ONLY:-} ]] || check "tarball: the development server" has_the_devserver
}
