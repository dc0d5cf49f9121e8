# Roots that contain only the base of this machine's Debian and the packages of one language. The kinds root-* source this
# file.
# shellcheck shell=bash disable=SC2154

fail() {
    echo "install: $*" >&2
    return 1
}

# shellcheck source=../../../scripts/debian-root.bash
. "$root/scripts/debian-root.bash"

# debian NAME PACKAGE...: makes the root $debian with an empty folder /shop.
debian() {
    debian=$work/root-$1
    shift
    make_debian_root "$debian" "$@"
    mkdir "$debian/shop"
}

# in_debian COMMAND...: runs it in the root, in /shop, with the way to the development server. GOROOT is the machine's.
in_debian() {
    # The inner shells expand these.
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child sh -c '
            mount -t proc proc "$1/proc"
            mount --rbind /dev "$1/dev"
            [ ! -d "$1/usr/local/go" ] || mount --bind "$2" "$1/usr/local/go"
            debian=$1
            shift 2
            exec chroot "$debian" sh -c "cd /shop && exec \"\$@\"" sh "$@"' sh "$debian" "$(go env GOROOT)" \
        env --ignore-environment PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        HOOKRAIL_BASE_URL="$service" HOOKRAIL_API_KEY=hk_dev "$@"
}

has_no() {
    local program
    for program in "$@"; do
        fails in_debian sh -c "command -v $program"
    done
}
