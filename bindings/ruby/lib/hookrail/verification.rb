# frozen_string_literal: true

module Hookrail
  # A running verification, begun by {Verifier#start}. Do not act on any part of the body before {#finish} has
  # returned. {#release} frees its memory; otherwise the garbage collector does.
  class Verification
    # @api private
    def initialize(handle, delivery_id)
      @handle = handle
      @delivery_id = delivery_id
    end

    # Sets the body's length by the request's Content-Length, as {Verifier#start} does with `content_length:`.
    #
    # @param content_length [Integer]
    # @return [self]
    # @raise [BodyTooLargeError] the length is over the body's limit
    def announce(content_length)
      length = Native.integer(content_length, :content_length, 0..(2**62))
      Native.call(:hookrail_verification_set_content_length, @handle.pointer, length)
      self
    end

    # Takes the next piece of the body.
    #
    # @param chunk [String]
    # @return [self]
    # @raise [BodyTooLargeError] as soon as the body is over its limit
    def update(chunk)
      Native.call(:hookrail_verification_update, @handle.pointer, *Native.byte_arguments(chunk, :chunk))
      self
    end
    alias << update

    # Ends the verification after the last piece of the body.
    #
    # @return [Verified]
    # @raise [SignatureMismatchError, BodyTooLargeError]
    # @raise [BodyIncompleteError] the body is shorter than the content length that {Verifier#start} was given
    def finish
      Native::VerificationResult.of(@delivery_id) do |index, time, skew, error|
        Native.hookrail_verification_finish(@handle.pointer, index, time, skew, error)
      end
    end

    # Frees its memory now instead of at the next garbage collection. It may be called any number of times; the
    # other methods raise {InvalidArgumentError} afterwards.
    #
    # No other thread may be using the verification.
    #
    # @return [nil]
    def release
      @handle.release
      nil
    end
  end
end
