# frozen_string_literal: true

module Hookrail
  # Finds the headers that verifying takes.
  # @api private
  module Headers
    # @param headers [Hash] header fields, or a Rack environment
    # @return [Hash] `:signature` and `:delivery_id`
    # @raise [SignatureMissingError, SignatureMalformedError]
    def self.find(headers)
      pairs = candidates(headers)
      names = StringList.new(pairs.map(&:first))
      values = StringList.new(pairs.map(&:last))
      found = Array.new(2) { [FFI::MemoryPointer.new(:pointer), FFI::MemoryPointer.new(:size_t)] }
      Native.call(:hookrail_find_headers, *names.arguments, *values.arguments, pairs.size, *found.flatten)
      # What is found points into the values.
      signature, delivery_id = values.holding do
        found.map { |place, size| place.read_pointer.read_bytes(size.read(:size_t)) }
      end
      { signature:, delivery_id: }
    end

    # The few that it can be among: each is copied for the library.
    def self.candidates(headers)
      headers.flat_map do |name, values|
        next [] unless name.to_s.b.match?(/hookrail/i)

        Array(values).map { |value| [name.to_s, value.to_s] }
      end
    end
    private_class_method :candidates

    # Strings in memory of their own, as an array of pointers and one of lengths.
    class StringList
      def initialize(strings)
        size = [strings.size, 1].max
        @copies = strings.map { |string| FFI::MemoryPointer.from_string(string) }
        @pointers = FFI::MemoryPointer.new(:pointer, size).write_array_of_pointer(@copies)
        @lengths = FFI::MemoryPointer.new(:size_t, size)
        strings.each_with_index do |string, index|
          @lengths.put(:size_t, index * @lengths.type_size, string.bytesize)
        end
      end

      # @return [Array<FFI::Pointer>]
      def arguments
        [@pointers, @lengths]
      end

      # Runs a block for which the memory has to be there.
      def holding
        yield
      end
    end
    private_constant :StringList
  end
end
