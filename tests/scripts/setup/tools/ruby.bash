# Uses of tools for scripts/check-tools, which sources this file: Ruby and its tools. Each is a function that
# fails if the tool does not work; $work is a folder for files, $root the tree.
# shellcheck shell=bash disable=SC2154

ruby_requires() {
    ruby -w -e 'ARGV.each { |name| require name }' -- "$@"
}

# Some libraries have warnings of their own.
ruby_requires_quietly() {
    ruby -W0 -e 'ARGV.each { |name| require name }' -- "$@"
}

calls_c_from_ruby() {
    cat > "$work/ffi.rb" << 'TEXT'
require "ffi"
module C
  extend FFI::Library
  ffi_lib FFI::Library::LIBC
  attach_function :strlen, [:string], :size_t
end
exit(C.strlen("four") == 4)
TEXT
    ruby -w "$work/ffi.rb"
    ruby -wc "$work/ffi.rb"
}

builds_ruby_extensions() {
    mkdir "$work/extension"
    cat > "$work/extension/extconf.rb" << 'TEXT'
require "mkmf"
abort "no ruby.h" unless have_header("ruby.h")
create_makefile("sample")
TEXT
    printf '#include <ruby.h>\nvoid Init_sample(void) { rb_define_module("Sample"); }\n' \
        > "$work/extension/sample.c"
    (
        cd "$work/extension" || exit
        ruby extconf.rb
        make
        ruby -I. -e 'require "sample"; Sample'
    )
}

checks_ruby() {
    printf '# frozen_string_literal: true\n\nputs "a"\n' > "$work/tidy.rb"
    printf 'puts( "a" );\n' > "$work/untidy.rb"
    rubocop --config bindings/ruby/.rubocop.yml "$work/tidy.rb"
    fails rubocop --config bindings/ruby/.rubocop.yml "$work/untidy.rb"
}

documents_ruby() {
    printf '# A sample.\nmodule Sample\nend\n' > "$work/documented.rb"
    yard stats --no-cache --db "$work/yard" "$work/documented.rb" | grep "100.00% documented"
}

runs_rake() {
    printf 'task(:sample) { puts "raked" }\n' > "$work/Rakefile"
    ruby -S rake --rakefile "$work/Rakefile" sample | grep raked
    (cd "$work" && gem --version)
}

checks_signatures() {
    mkdir "$work/sig"
    printf 'module Sample\n  def self.length: (String) -> Integer\nend\n' > "$work/sig/sample.rbs"
    ruby -e 'load Gem.bin_path("rbs", "rbs")' -- -r pathname -I "$work/sig" validate --silent
    ruby -W0 -rbundler -e 'require "rbs"'
}

runs_puma() {
    puma --version
    printf 'run ->(_) { [200, {}, ["ok"]] }\n' > "$work/config.ru"
    ruby -e 'require "puma"; require "puma/cli"; Puma::Configuration.new { |c| c.rackup ARGV[0] }.app' \
        "$work/config.ru"
}

runs_sidekiq() {
    ruby_requires_quietly sidekiq sidekiq/api
    sidekiq --version
    redis-server --version
}
