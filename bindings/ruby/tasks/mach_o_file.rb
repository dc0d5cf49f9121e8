# frozen_string_literal: true

module Hookrail
  # The platform that a library for macOS is for.
  class MachOFile
    MAGIC = "\xCF\xFA\xED\xFE".b
    # The processors by their numbers in the header, named as in the platform of a gem.
    MACHINES = { 0x01000007 => "x86_64", 0x0100000C => "arm64" }.freeze

    # @return [Boolean] whether the file is a library for one processor of 64 bits
    def self.like?(path)
      File.binread(path, MAGIC.size) == MAGIC
    end

    def initialize(path)
      @number = File.binread(path, 4, MAGIC.size).unpack1("L<")
    end

    # @return [String] such as "arm64"
    def machine
      MACHINES.fetch(@number, "processor #{@number}")
    end

    # @return [String] the platform of a gem that contains the file
    def gem_platform
      "#{machine}-darwin"
    end

    # @return [String] such as "arm64 with macOS"
    def to_s
      "#{machine} with macOS"
    end
  end
end
