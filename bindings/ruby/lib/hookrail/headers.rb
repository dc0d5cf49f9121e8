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
      found = Array.new(2) { [FFI::MemoryPointer.new(:pointer), FFI::MemoryPointer.new(:size_t)] }
      Native.call(:hookrail_find_headers, *string_array(pairs.map(&:first)), *string_array(pairs.map(&:last)),
                  pairs.size, *found.flatten)
      %i[signature delivery_id].zip(found.map { |place, size| place.read_pointer.read_bytes(size.read(:size_t)) }).to_h
    end

    # The few that it can be among: each is copied for the library.
    def self.candidates(headers)
      headers.flat_map do |name, values|
        next [] unless name.to_s.match?(/hookrail/i)

        Array(values).map { |value| [name.to_s, value.to_s] }
      end
    end
    private_class_method :candidates

    def self.string_array(strings)
      count = [strings.size, 1].max
      pointers = FFI::MemoryPointer.new(:pointer, count)
      # The pointers' memory must live as long as their array.
      copies = strings.map { |string| FFI::MemoryPointer.from_string(string) }
      pointers.instance_variable_set(:@copies, copies)
      pointers.write_array_of_pointer(copies)
      sizes = FFI::MemoryPointer.new(:size_t, count)
      strings.each_with_index { |string, index| sizes.put(:size_t, index * sizes.type_size, string.bytesize) }
      [pointers, sizes]
    end
    private_class_method :string_array
  end
end
