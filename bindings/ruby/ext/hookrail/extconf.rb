# frozen_string_literal: true

# Puts the native library into the gem: builds it with cargo from the source in the gem, or copies the one that
# `gem install hookrail -- --with-hookrail-lib=PATH` names.

require "fileutils"
require "tmpdir"
require_relative "../../lib/hookrail/native/elf_file"

core = File.expand_path("core", __dir__)
destination = File.expand_path("../../lib/hookrail/native/libhookrail.so", __dir__)
given = ARGV.filter_map { |argument| argument[/\A--with-hookrail-lib=(.+)/, 1] }.last

if given
  abort "--with-hookrail-lib: there is no file #{given}" unless File.file?(given)
  mismatch = Hookrail::Native::ELFFile.mismatch(given)
  abort "--with-hookrail-lib: #{given} cannot be used: #{mismatch}" if mismatch
  FileUtils.install(given, destination, mode: 0o755)
else
  unless system("cargo", "--version", out: File::NULL, err: File::NULL)
    abort "The native library of hookrail has to be built, and there is no cargo. Install Rust, or install the gem " \
          "for your platform, or name a library: gem install hookrail -- --with-hookrail-lib=/path/to/libhookrail.so"
  end
  Dir.mktmpdir do |target|
    system("cargo", "build", "--release", "--locked", "--manifest-path", File.join(core, "Cargo.toml"),
           "--target-dir", target) or abort "cargo could not build the native library of hookrail"
    FileUtils.install(File.join(target, "release", "libhookrail.so"), destination, mode: 0o755)
  end
end

# RubyGems runs make afterwards; it has nothing left to do.
File.write("Makefile", "all install clean:\n.PHONY: all install clean\n")
