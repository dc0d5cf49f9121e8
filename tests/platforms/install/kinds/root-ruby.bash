# The gem where only Debian's Ruby is.
# shellcheck shell=bash disable=SC2154
# shellcheck source=../roots.bash
. ./roots.bash

gem_in_a_root() {
    debian ruby ruby ruby-ffi
    has_no cc cargo
    cp programs/ruby/shop.rb "$artefacts/hookrail-$version-$machine-linux-gnu.gem" "$debian/shop"
    in_debian gem install --local --no-document "hookrail-$version-$machine-linux-gnu.gem"
    works in_debian ruby shop.rb
}

tests_root_ruby() {
    check "a Debian with Ruby: gem install" gem_in_a_root
}
