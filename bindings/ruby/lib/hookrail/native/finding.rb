# frozen_string_literal: true

module Hookrail
  module Native
    # The places for what a verification finds, and for its error. They are one piece of memory and are passed by
    # their addresses: a pointer object for each would take longer than the verification.
    # @api private
    class Finding
      SIZE = 32
      ERROR = 24
      private_constant :SIZE, :ERROR

      # Calls a verifying function, whose last parameters are the index of the secret, the signed time, the skew
      # and the error.
      #
      # @param delivery_id [String] frozen, or the caller's own
      # @yieldparam index [Integer] the address of the place for it, which holds while this runs; so do the others
      # @yieldparam time [Integer]
      # @yieldparam skew [Integer]
      # @yieldparam error [Integer]
      # @yieldreturn [Integer] the status
      # @return [Verified]
      # @raise [SignatureError]
      def self.of(delivery_id)
        places = FFI::MemoryPointer.new(SIZE)
        address = places.address
        code = yield address, address + 8, address + 16, address + ERROR
        Native.throw_error(Native.error(places.get_pointer(ERROR), code)) unless code.zero?
        Verified.new(delivery_id: delivery_id.freeze, secret_index: places.get_int64(0),
                     signed_at: Time.at(places.get_int64(8)), skew: places.get_int64(16))
      ensure
        # An exception may have come before there were places.
        Native.hookrail_error_free(places.get_pointer(ERROR)) if places && code != 0
      end
    end
  end
end
