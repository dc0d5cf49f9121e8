# frozen_string_literal: true

module Hookrail
  module Native
    # The platform that an ELF file is for: its processor and its C library.
    # @api private
    class ELFFile
      # The processors by their numbers in the header, named as in the platform of a gem.
      MACHINES = {
        3 => "x86", 21 => "powerpc64le", 22 => "s390x", 40 => "arm", 62 => "x86_64", 183 => "aarch64",
        243 => "riscv64", 258 => "loongarch64"
      }.freeze

      # The C libraries by the names under which programs need them.
      C_LIBRARIES = { /\Alibc\.so\.6\z/ => :glibc, /\Alibc\.(musl-\w+\.)?so(\.1)?\z/ => :musl }.freeze

      # The layouts of the header and of an entry of the program header: the offsets of the fields in bytes, for 32 and
      # 64 bits.
      LAYOUTS = {
        1 => { word: "L", size: 4, table: 28, entry_size: 42, entries: 44, offset: 4, address: 8, length: 16 },
        2 => { word: "Q", size: 8, table: 32, entry_size: 54, entries: 56, offset: 8, address: 16, length: 32 }
      }.freeze
      LOAD = 1
      DYNAMIC = 2
      NEEDED = 1
      STRINGS = 5
      private_constant :MACHINES, :C_LIBRARIES, :LAYOUTS, :LOAD, :DYNAMIC, :NEEDED, :STRINGS

      # The file is no ELF file, or is damaged.
      class Unreadable < StandardError; end

      # Describes how the platforms of a library and of this process differ.
      #
      # @return [String, nil] nil if they do not differ, or if the file is no ELF file
      def self.mismatch(path, process = new("/proc/self/exe"))
        library = new(path)
        "it is for #{library}, and this Ruby runs on #{process}" unless library.fits?(process)
      rescue Unreadable
        nil
      end

      # @return [String] such as "x86_64"
      attr_reader :machine

      # @return [Symbol, nil] :glibc or :musl; nil if the file needs neither
      attr_reader :libc

      # @raise [Unreadable]
      def initialize(path)
        @bytes = File.binread(path)
        raise Unreadable, "#{path} is no ELF file" unless @bytes.start_with?("\x7FELF".b)

        @layout = LAYOUTS.fetch(@bytes.getbyte(4))
        @order = @bytes.getbyte(5) == 2 ? ">" : "<"
        number = half(18)
        @machine = MACHINES.fetch(number, "processor #{number}")
        @libc = needed.filter_map { |name| C_LIBRARIES.find { |pattern, _| pattern.match?(name) }&.last }.first
      rescue SystemCallError, IndexError, RangeError, ArgumentError => e
        raise Unreadable, "#{path} cannot be read as an ELF file: #{e.message}"
      end

      # @return [Boolean] whether a process of the other file's platform can load this file
      def fits?(other)
        machine == other.machine && (libc.nil? || other.libc.nil? || libc == other.libc)
      end

      # @return [String] the platform of a gem that contains the file
      def gem_platform
        "#{machine}-linux-#{libc == :musl ? "musl" : "gnu"}"
      end

      # @return [String] such as "x86_64 with glibc"
      def to_s
        libc ? "#{machine} with #{libc}" : machine
      end

      private

      # @return [Array<String>] the names of the libraries that the file needs
      def needed
        segments = Array.new(half(@layout[:entries])) do |index|
          word(@layout[:table]) + (index * half(@layout[:entry_size]))
        end
        dynamic = segments.find { |at| type(at) == DYNAMIC } or return []
        entries = dynamic_entries(field(dynamic, :offset), field(dynamic, :length))
        strings = offset_of(entries.to_h.fetch(STRINGS), segments)
        entries.filter_map { |tag, value| @bytes.unpack1("Z*", offset: strings + value) if tag == NEEDED }
      end

      def dynamic_entries(offset, length)
        size = @layout[:size]
        (offset...(offset + length)).step(2 * size).map { |at| [word(at), word(at + size)] }
      end

      # @return [Integer] the place in the file of an address in memory
      def offset_of(address, segments)
        at = segments.find do |segment|
          begins = field(segment, :address)
          type(segment) == LOAD && (begins...(begins + field(segment, :length))).cover?(address)
        end
        raise IndexError, "its names are nowhere" unless at

        address - field(at, :address) + field(at, :offset)
      end

      def type(segment)
        read("L", segment)
      end

      def field(segment, name)
        word(segment + @layout[name])
      end

      def half(offset)
        read("S", offset)
      end

      def word(offset)
        read(@layout[:word], offset)
      end

      def read(format, offset)
        @bytes.unpack1(format + @order, offset:) || raise(IndexError, "it is cut off")
      end
    end
  end
end
