# Debian's packages where only a C compiler and pkg-config are.
# shellcheck shell=bash disable=SC2154,SC2016
# shellcheck source=../roots.bash
. ./roots.bash

deb_in_a_root() {
    debian deb gcc libc6-dev pkg-config
    has_no cargo
    cp programs/c/shop.c "$artefacts/"libhookrail0_*_"$(dpkg --print-architecture)".deb \
        "$artefacts/"libhookrail-dev_*_"$(dpkg --print-architecture)".deb "$debian/shop"
    in_debian sh -c 'dpkg --install ./*.deb'
    in_debian sh -c 'cc -o shop shop.c $(pkg-config --cflags --libs hookrail)'
    # ldconfig has found the library.
    works in_debian ./shop
    in_debian sh -c 'cc -o static shop.c -l:libhookrail.a $(pkg-config --static --libs hookrail | sed s/-lhookrail//)'
    in_debian dpkg --purge libhookrail-dev libhookrail0
    works in_debian ./static
    fails in_debian ./shop
    in_debian sh -c '! find / -xdev -name "*hookrail*" -not -path "/shop/*" -not -path "/proc/*" | grep .'
}

tests_root_deb() {
    check "a Debian with a C compiler: dpkg --install, pkg-config, dpkg --purge" deb_in_a_root
}
