# The gem where only Debian's Ruby is.
# shellcheck shell=bash disable=SC2154
# shellcheck source=../roots.bash
. ./roots.bash

gem_in_a_root() {
    debian ruby ruby ruby-ffi
    has_no cc cargo
    # The gem that docs/ruby.md names for this RubyGems.
    local platform=$machine-linux-gnu
    if in_debian ruby -e 'exit Gem::Version.new(Gem::VERSION) < Gem::Version.new("3.3.22")'; then
        platform=$machine-linux
    fi
    cp programs/ruby/shop.rb "$artefacts/hookrail-$version-$platform.gem" "$debian/shop"
    in_debian gem install --local --no-document "./hookrail-$version-$platform.gem"
    works in_debian ruby shop.rb
}

tests_root_ruby() {
    check "a Debian with Ruby: gem install" gem_in_a_root
}
