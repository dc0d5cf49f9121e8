# What the scripts package-* share. Each of them makes one kind of artefact from the prefixes in
# $DIST/platforms/<platform>:
#   scripts/dist/package-<kind> PLATFORM...
# They take the time of each file from SOURCE_DATE_EPOCH, so that two runs write the same bytes.
# shellcheck shell=bash

root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
cd "$root" || exit 1
DIST=${DIST:-${CARGO_TARGET_DIR:-$root/target}/dist}
artefacts=$DIST/artefacts
# shellcheck disable=SC2034 # The scripts use it.
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
kind=${0##*/package-}
platforms=("$@")

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# prefix_of PLATFORM: the folder with the platform's library.
prefix_of() {
    echo "$DIST/platforms/$1"
}

# library_of PLATFORM: the platform's shared library, without links.
library_of() {
    case $1 in
        macos-*) realpath "$(prefix_of "$1")/lib/libhookrail.dylib" ;;
        *) realpath "$(prefix_of "$1")/lib/libhookrail.so" ;;
    esac
}

((${#platforms[@]} > 0)) || fail "for which platforms?"
for platform in "${platforms[@]}"; do
    [[ -d $(prefix_of "$platform")/lib ]] || fail "there is no library for $platform in $(prefix_of "$platform")"
done

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
mkdir -p "$artefacts"
# The files of the artefact, before they are packed. They stay for a look at them.
stage=$DIST/stage/$kind
rm -rf "$stage"
mkdir -p "$stage"

# pack_tar FOLDER FILE: packs the contents of a folder, with the same bytes each time.
pack_tar() {
    tar --create --file "$2" --directory "$1" --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" \
        --owner=root:0 --group=root:0 --mode=u=rwX,go=rX .
}
