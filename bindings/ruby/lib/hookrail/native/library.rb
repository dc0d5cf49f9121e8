# frozen_string_literal: true

require "ffi"
require_relative "elf_file"

module Hookrail
  module Native
    # Finds and opens the native library.
    #
    # If the environment names a library, only that one is tried: silently loading another would hide the
    # mistake.
    # @api private
    class Library
      # The ABI that this gem was written for.
      ABI_VERSION = 0

      # The library inside a platform gem; the source gem puts the one it has built there, too.
      BUNDLED = File.expand_path("libhookrail.#{FFI::Platform::LIBSUFFIX}", __dir__)

      # The names for the system's loader: first the library's SONAME.
      SYSTEM = %W[libhookrail.#{FFI::Platform.mac? ? "0.dylib" : "so.0"} libhookrail.#{FFI::Platform::LIBSUFFIX}].freeze

      # @return [String] the path, or the name for the system's loader
      attr_reader :path

      # @return [FFI::DynamicLibrary]
      attr_reader :handle

      # @return [Library] the first candidate that can be opened
      # @raise [LibraryLoadError]
      def self.load(environment = ENV, defaults = [BUNDLED, *SYSTEM])
        override = environment["HOOKRAIL_LIB"].to_s
        candidates = override.empty? ? defaults : [override]
        attempts = {}
        candidates.each do |path|
          return new(path)
        rescue ::LoadError => e
          # The loader itself may say no more than that there is no such file.
          attempts[path] = ELFFile.mismatch(path) || e.message
        end
        raise LibraryLoadError, LoadFailure.new(attempts, override: !override.empty?).message
      end

      def initialize(path)
        @path = path
        @handle = FFI::DynamicLibrary.open(path, FFI::DynamicLibrary::RTLD_LAZY | FFI::DynamicLibrary::RTLD_LOCAL)
        check_abi
      end

      private

      def check_abi
        symbol = @handle.find_function("hookrail_abi_version")
        raise ::LoadError, "it is no libhookrail: it has no function hookrail_abi_version" unless symbol

        found = FFI::Function.new(:int32, [], symbol).call
        return if found == ABI_VERSION

        raise ::LoadError, "it has ABI version #{found}, and this gem (#{VERSION}) needs #{ABI_VERSION}"
      end
    end

    # The message that says why no library could be loaded, with a remedy.
    # @api private
    class LoadFailure
      def initialize(attempts, override:)
        @attempts = attempts
        @override = override
      end

      def message
        tried = @attempts.map { |path, words| "  #{path}: #{words.strip}" }
        ["The native library of Hookrail could not be loaded. Tried:", *tried, remedy].join("\n")
      end

      private

      def remedy
        words = @attempts.values.join("\n")
        case words
        when /GLIBC_|version .* not found/
          "The library was built for a newer C library than this system has: build it here, from the source " \
          "gem (gem install hookrail --platform ruby)."
        when /and this Ruby runs on/
          "Install the gem or the library for this platform (#{own_gem}), or build it here, from the source gem " \
          "(gem install hookrail --platform ruby)."
        when /wrong ELF class|invalid ELF header|file too short/
          "The file is no shared library for this processor (#{RUBY_PLATFORM}): install the gem or the library " \
          "for this platform."
        when /ABI version/
          "Install a libhookrail of the same version as this gem, or let HOOKRAIL_LIB name one."
        else
          general_remedy
        end
      end

      # @return [String] the name of the gem that has the library for this process
      def own_gem
        "hookrail-#{VERSION}-#{ELFFile.new("/proc/self/exe").gem_platform}.gem"
      end

      def general_remedy
        if @override
          "Correct the environment variable HOOKRAIL_LIB: it has to be the path of a libhookrail.so. Without it, " \
            "the library in the gem and then the system's are taken."
        else
          "Install the platform gem of hookrail, or install libhookrail on this system (make install, then " \
            "ldconfig), or let the environment variable HOOKRAIL_LIB be the path of a libhookrail.so."
        end
      end
    end
  end
end
