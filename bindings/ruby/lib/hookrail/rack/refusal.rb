# frozen_string_literal: true

module Hookrail
  module Rack
    # The answers to requests that are not verified deliveries. They do not tell the reason.
    # @api private
    class Refusal
      # The service takes this as final.
      UNAUTHORIZED = 401

      # The service takes this as a reason to try again.
      INCOMPLETE = 408

      METHOD = 405

      # Tells the operator to raise the limit. It reveals nothing about the signature, which was not fully checked.
      TOO_LARGE = 413

      # Errors that may be the receiver's own fault.
      MISMATCHES = [SignatureMismatchError, TimestampTooOldError, TimestampTooNewError].freeze
      private_constant :UNAUTHORIZED, :INCOMPLETE, :METHOD, :TOO_LARGE, :MISMATCHES

      def initialize(mismatch_status:, methods:)
        @mismatch_status = Native.integer(mismatch_status, :mismatch_status, 400..599)
        @methods = Array(methods).map { |name| name.to_s.upcase(:ascii).freeze }.freeze
        return unless @methods.empty? || @methods.include?("")

        raise InvalidArgumentError, "methods must be the names of methods, such as POST"
      end

      def accepts?(method)
        @methods.include?(method)
      end

      # @return [Array] the answer to a method that is not accepted
      def of_method
        answer(METHOD, "A webhook is sent by #{@methods.join(" or ")}.\n", "allow" => @methods.join(", "))
      end

      # @param error [Error]
      # @return [Array] the answer to a request that does not verify
      def of(error)
        case error
        when *MISMATCHES then answer(@mismatch_status)
        when BodyIncompleteError then answer(INCOMPLETE, "The webhook did not arrive in full.\n")
        when BodyTooLargeError then answer(TOO_LARGE, "The webhook is over the limit for bodies.\n")
        else answer(UNAUTHORIZED)
        end
      end

      private

      def answer(status, body = "The signature of this webhook does not verify.\n", headers = {})
        [status, { "content-type" => "text/plain", "content-length" => body.bytesize.to_s, **headers }, [body]]
      end
    end
  end
end
