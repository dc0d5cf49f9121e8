# frozen_string_literal: true

module Hookrail
  # A verification under way, begun by {Verifier#start}. Until {#finish} has returned, nothing of the body
  # may be acted on. What it takes is freed by {#release}, or when it is garbage.
  class Verification
    # @api private
    def initialize(handle, delivery_id)
      @handle = handle
      @delivery_id = delivery_id
    end

    # Says how long the request's Content-Length says that the body is, as {Verifier#start} does with
    # `content_length:`.
    #
    # @param content_length [Integer]
    # @return [self]
    # @raise [BodyTooLargeError] that is over the body's limit
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

    # The verdict, the body being complete.
    #
    # @return [Verified]
    # @raise [SignatureMismatchError, BodyTooLargeError]
    # @raise [BodyIncompleteError] the body is shorter than the content length that {Verifier#start} was given
    def finish
      Native::Finding.of(@delivery_id) do |index, time, skew, error|
        Native.hookrail_verification_finish(@handle.pointer, index, time, skew, error)
      end
    end

    # Frees what it takes now, instead of when it is garbage; any number of times. From then on the other methods
    # raise {InvalidArgumentError}.
    #
    # No other thread may be using it.
    #
    # @return [nil]
    def release
      @handle.release
      nil
    end
  end
end
