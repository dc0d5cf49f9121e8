# What the scripts package-* share. Each of them makes one kind of artefact from the prefixes in
# $DIST/platforms/<platform>:
#   scripts/dist/package-<kind> PLATFORM...
# They take the time of each file from SOURCE_DATE_EPOCH, so that two runs write the same bytes.
# shellcheck shell=bash

cd "${BASH_SOURCE[0]%/*}/../.." || exit 1
# shellcheck source=platforms.bash
. scripts/dist/platforms.bash
kind=${0##*/package-}
artefacts=$DIST/artefacts
platforms=("$@")

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
