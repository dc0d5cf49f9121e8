# frozen_string_literal: true

module Hookrail
  module Native
    # The places for the result of a verification, and for its error. They are one piece of memory and are passed
    # as addresses: pointer objects would take longer than the verification itself.
    # @api private
    class VerificationResult
      SIZE = 32
      ERROR = 24
      private_constant :SIZE, :ERROR

      # Calls a verifying function, whose last parameters are the places of the secret's index, the signed time, the
      # skew and the error. Their addresses are valid while the block runs.
      #
      # @param delivery_id [String] frozen, or a copy
      # @yieldparam index [Integer] an address
      # @yieldparam time [Integer] an address
      # @yieldparam skew [Integer] an address
      # @yieldparam error [Integer] an address
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
        # An exception may have come before the places were allocated.
        Native.hookrail_error_free(places.get_pointer(ERROR)) if places && code != 0
      end
    end
  end
end
