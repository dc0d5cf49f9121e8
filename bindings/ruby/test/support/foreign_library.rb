# frozen_string_literal: true

require "fileutils"
require "open3"

# Shared libraries that this machine cannot load.
module ForeignLibrary
  module_function

  # A copy of a library with another processor in its header.
  #
  # @param machine [Integer] the number of the processor
  def for_machine(folder, original, machine: 183)
    bytes = File.binread(original)
    bytes[18, 2] = [machine].pack("S")
    write(folder, bytes)
  end

  # A library that needs musl.
  def for_musl(folder)
    musl = File.join(folder, "libc.musl-x86_64.so.1")
    compile("", "-nostdlib", "-Wl,-soname,libc.musl-x86_64.so.1", "-o", musl)
    path = File.join(folder, "libhookrail.so")
    compile("int hookrail_abi_version(void) { return 0; }", "-nostdlib", "-o", path, "-Wl,--no-as-needed", musl)
    FileUtils.rm(musl)
    path
  end

  def write(folder, bytes)
    File.join(folder, "libhookrail.so").tap { |path| File.binwrite(path, bytes) }
  end

  def compile(source, *options)
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-x", "none", *options]
    output, status = Open3.capture2e(*command, stdin_data: source)
    raise output unless status.success?
  end
end
