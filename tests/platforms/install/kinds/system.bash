# The packages of the systems, without an installation: what they need and what is in them. The one for musl is unpacked
# and used.
# shellcheck shell=bash disable=SC2154,SC2164

debian_machine=$(dpkg --print-architecture)

deb_is_complete() {
    local runtime=$artefacts/libhookrail0_$version-1_$debian_machine.deb
    local devel=$artefacts/libhookrail-dev_$version-1_$debian_machine.deb libdir
    libdir=/usr/lib/$machine-linux-gnu
    dpkg-deb --field "$runtime" Depends | grep --fixed-strings 'libc6 (>= 2.17)'
    dpkg-deb --field "$devel" Depends | grep --fixed-strings "libhookrail0 (= $version-1)"
    dpkg-deb --control "$runtime" "$work/deb"
    grep ldconfig "$work/deb/triggers"
    dpkg-deb --contents "$runtime" | grep --fixed-strings "$libdir/libhookrail.so.0 -> libhookrail.so.$version"
    dpkg-deb --contents "$runtime" | grep /usr/share/doc/libhookrail0/copyright
    dpkg-deb --contents "$devel" > "$work/contents"
    local file
    for file in "$libdir"/{libhookrail.a,libhookrail.so,pkgconfig/hookrail.pc,cmake/hookrail/hookrail-config.cmake} \
        /usr/{include/hookrail.{h,hpp},bin/hookrail-devserver} \
        /usr/share/doc/libhookrail-dev/{copyright,THIRD_PARTY_LICENSES{,-devserver}.md}; do
        grep --fixed-strings " .$file" "$work/contents"
    done
}

rpm_is_complete() {
    local runtime=$artefacts/libhookrail-$version-1.$machine.rpm devel=$artefacts/libhookrail-devel-$version-1.$machine.rpm
    rpm --query --package --requires "$runtime" | grep '^glibc >= 2.17$'
    rpm --query --package --provides "$runtime" | grep --fixed-strings 'libhookrail.so.0()(64bit)'
    rpm --query --package --scripts "$runtime" | grep /sbin/ldconfig
    [[ $(rpm --query --package --queryformat '%{ARCH}' "$runtime") == "$machine" ]]
    rpm --query --package --list "$runtime" | grep "^/usr/lib64/libhookrail.so.$version$"
    rpm --query --package --requires "$devel" | grep "^libhookrail = $version-1$"
    rpm --query --package --list "$devel" | grep '^/usr/include/hookrail.h$'
    rpm --query --package --list "$devel" | grep '/THIRD_PARTY_LICENSES-devserver.md$'
    rpm --checksig --nosignature "$runtime" "$devel"
}

apk_works() {
    environment apk
    local package
    for package in libhookrail libhookrail-dev; do
        tar --extract --gzip --file "$artefacts/${package}_$version-r1_$machine.apk" --directory "$home" 2> /dev/null
        cp "$home/.PKGINFO" "$home/$package"
    done
    grep "^depend = musl$" "$home/libhookrail"
    grep "^provides = so:libhookrail.so.0=" "$home/libhookrail"
    grep "^depend = libhookrail=$version-r1$" "$home/libhookrail-dev"
    ls "$home/usr/share/doc/libhookrail-dev/THIRD_PARTY_LICENSES-devserver.md"
    musl-gcc -o "$folder/shop" programs/c/shop.c -I "$home/usr/include" -L "$home/usr/lib" -lhookrail
    works bare LD_LIBRARY_PATH="$home/usr/lib" "$folder/shop"
}

tests_system() {
    if has "linux-$machine-gnu"; then
        check "deb: dependencies, trigger, files" deb_is_complete
        check "rpm: dependencies, scripts, files" rpm_is_complete
    fi
    if has "linux-$machine-musl"; then
        check "apk: its library works with musl" apk_works
    fi
}
