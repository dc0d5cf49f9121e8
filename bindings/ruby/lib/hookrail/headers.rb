# frozen_string_literal: true

module Hookrail
  # Finds the headers that a verification needs.
  # @api private
  module Headers
    # @param headers [Hash] header fields, or a Rack environment
    # @return [Hash] `:signature` and `:delivery_id`
    # @raise [SignatureMissingError, SignatureMalformedError]
    # @raise [InvalidArgumentError] these are not header fields
    def self.find(headers)
      pairs = candidates(headers)
      names = StringList.new(pairs.map(&:first))
      values = StringList.new(pairs.map(&:last))
      signature = FFI::MemoryPointer.new(:char, Native::SIGNATURE_SIZE)
      needed, size = Array.new(2) { FFI::MemoryPointer.new(:size_t) }
      place = FFI::MemoryPointer.new(:pointer)
      Native.call(:hookrail_join_headers, *names.arguments, *values.arguments, pairs.size, signature, signature.size,
                  needed, place, size)
      # The place points into the memory of the values.
      delivery_id = values.holding { place.read_pointer.read_bytes(size.read(:size_t)) }
      { signature: signature.read_bytes(needed.read(:size_t) - 1), delivery_id: }
    end

    # @param value [String, Array<String>, nil] the value of hookrail-signature, or its values: in HTTP a list means
    #   the same as its members joined with commas
    # @return [String, nil]
    def self.join(value)
      list = Array.try_convert(value)
      return value unless list

      list.map { |member| Native.held_bytes(member, "hookrail-signature").b }.join(",") unless list.empty?
    end

    # Returns the few headers that may be the right ones, because each is copied for the library. A header with
    # several values occurs once for each value.
    def self.candidates(headers)
      fields(headers).flat_map do |name, values|
        next [] unless name.to_s.b.match?(/hookrail/i)

        Array(values).map { |value| [name.to_s, value.to_s] }
      end
    end
    private_class_method :candidates

    # Accepts a Hash, what converts to one, and what yields pairs as one does, such as the headers of a Rails request.
    def self.fields(headers)
      raise SignatureMissingError, "the request has no headers: they are nil" if headers.nil?

      fields = Hash.try_convert(headers) || (headers if headers.respond_to?(:flat_map))
      return fields if fields

      raise InvalidArgumentError, "headers must be a Hash of header fields or a Rack environment, not a " \
                                  "#{headers.class}; verify_request takes the headers first, then the body"
    end
    private_class_method :fields

    # Copies of strings in native memory, as an array of pointers and an array of lengths.
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

      # Keeps the memory alive while the block runs.
      def holding
        yield
      end
    end
    private_constant :StringList
  end
end
