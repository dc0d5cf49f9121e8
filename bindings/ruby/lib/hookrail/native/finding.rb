# frozen_string_literal: true

module Hookrail
  module Native
    # The places for what a verification finds.
    # @api private
    class Finding
      def initialize
        @places = FFI::MemoryPointer.new(:int64, 3)
      end

      # @return [Array<FFI::Pointer>] for the index of the secret, the signed time and the skew
      def places
        Array.new(3) { |index| @places + (index * 8) }
      end

      # @return [Verified]
      def verified(delivery_id)
        secret_index, signed_at, skew = @places.read_array_of_int64(3)
        Verified.new(delivery_id: delivery_id.dup.freeze, secret_index:, signed_at: Time.at(signed_at), skew:)
      end
    end
  end
end
