# The platform gems. Debian's package ruby-ffi has what they depend on.
# shellcheck shell=bash disable=SC2154,SC2164

in_ruby() {
    bare GEM_HOME="$home/gems" "$@"
}

# installs_gem PLATFORM
installs_gem() {
    environment "ruby-$1"
    cp programs/ruby/shop.rb "$folder"
    in_ruby gem install --local --no-document "$artefacts/hookrail-$version-$1.gem"
    cd "$folder"
}

gem_works() {
    installs_gem "$1"
    in_ruby ruby -e 'require "hookrail"; puts Hookrail.library_path' | grep "^$home/gems/gems/hookrail-$version"
    ls "$home/gems/gems/hookrail-$version"*/THIRD_PARTY_LICENSES.md
    works in_ruby ruby shop.rb
}

gem_refuses() {
    installs_gem "$1"
    fails in_ruby ruby shop.rb > refused 2>&1
    grep "it is for $machine with musl, and this Ruby runs on $machine with glibc" refused
    grep "(hookrail-$version-$machine-linux-gnu.gem)" refused
}

tests_ruby() {
    if has "linux-$machine-gnu"; then
        check "gem install: the gem of the platform" gem_works "$machine-linux-gnu"
        if ruby -e 'exit Gem::Version.new(Gem::VERSION) < Gem::Version.new("3.3.22")'; then
            check "gem install: the gem for this old RubyGems" gem_works "$machine-linux"
        fi
    fi
    if has "linux-$machine-musl"; then
        check "the gem for musl says which one is right" gem_refuses "$machine-linux-musl"
    fi
}
