# frozen_string_literal: true

require_relative "headers"
require_relative "verification"

module Hookrail
  # Verifies deliveries with secrets that it prepares once. Threads may share it.
  #
  # @example
  #   verifier = Hookrail::Verifier.new(ENV.fetch("WEBHOOK_SECRET"))
  #   verifier.verify(body, signature: request["hookrail-signature"], delivery_id: request["hookrail-delivery-id"])
  class Verifier
    # The default for how many seconds a signature's time may be from now.
    DEFAULT_TOLERANCE = 300

    # @param secrets [Array<String>] 1 to 16 secrets, of which any may match; each is the endpoint's unchanged
    #   secret, including "whsec_"
    # @param tolerance [Numeric] how many seconds a signature's time may be from now, before or after, including the
    #   boundary; a fraction is cut off
    # @raise [InvalidArgumentError]
    def initialize(*secrets, tolerance: DEFAULT_TOLERANCE)
      @options = Native::Handle.make(:verifier_options)
      secrets.flatten.each do |secret|
        Native.call(:hookrail_verifier_options_add_secret, @options.pointer, *Native.byte_arguments(secret, :secret))
      end
      Native.call(:hookrail_verifier_options_set_tolerance, @options.pointer, Native.tolerance(tolerance))
      @handle = Native::Handle.new(:verifier)
      Native.call(:hookrail_verifier_new, @options.pointer, @handle.out)
      @pointer = @handle.pointer
    end

    # @return [String] its class: secrets are not shown
    def inspect
      "#<#{self.class}>"
    end

    # Verifies a delivery.
    #
    # @param body [String] the body as received, byte for byte
    # @param signature [String, Array<String>, nil] the value of hookrail-signature, or its values if it was split at
    #   its commas
    # @param delivery_id [String, nil] the value of hookrail-delivery-id
    # @param now [Time, Integer, nil] the time to judge by; nil: the system's clock
    # @return [Verified]
    # @raise [SignatureError] answer all kinds alike: the sender must not learn the details
    def verify(body, signature:, delivery_id:, now: nil)
      header = header(Headers.join(signature), "hookrail-signature")
      id = header(delivery_id, "hookrail-delivery-id")
      bytes = Native.held_bytes(body, :body)
      Native::VerificationResult.of(id) do |index, time, skew, error|
        Native.hookrail_verifier_verify(@pointer, header, header.bytesize, id, id.bytesize, bytes, bytes.bytesize,
                                        Native.unix_time(now), index, time, skew, error)
      end
    end

    # Verifies a delivery and finds its headers among those of the request.
    #
    # @param headers [Hash{String, Symbol => String, Array<String>}] header fields, or a Rack environment; the names
    #   in any case, with `_` for `-`, and with `HTTP_` in front
    # @param body [String] the body as received, byte for byte
    # @param now [Time, Integer, nil] the time to judge by; nil: the system's clock
    # @return [Verified]
    # @raise [SignatureError]
    # @raise [InvalidArgumentError] an argument has the wrong type, as when the two are swapped
    def verify_request(headers, body, now: nil)
      verify(body, **Headers.find(headers), now:)
    end

    # @param (see #verify)
    # @return [Boolean] whether the delivery verifies
    def valid?(body, signature:, delivery_id:, now: nil)
      verify(body, signature:, delivery_id:, now:)
      true
    rescue SignatureError
      false
    end

    # Begins to verify a delivery whose body arrives in pieces. It judges headers and time at once, so that the
    # body of a delivery that cannot verify need not be read.
    #
    # @param signature [String, Array<String>, nil] as for {#verify}
    # @param delivery_id [String, nil] the value of hookrail-delivery-id
    # @param content_length [Integer, nil] the body's length by the request's Content-Length. It distinguishes a body
    #   that was cut off from one that was changed
    # @param limit [Integer, nil] the largest accepted body in bytes; nil for no limit
    # @param now [Time, Integer, nil] the time to judge by; nil: the system's clock
    # @return [Verification]
    # @raise [SignatureError]
    # @raise [BodyTooLargeError] the announced length is over the limit
    def start(signature:, delivery_id:, content_length: nil, limit: nil, now: nil)
      limit = limit.nil? ? 0 : Native.integer(limit, :limit, 1..(2**62))
      header = header(Headers.join(signature), "hookrail-signature")
      id = header(delivery_id, "hookrail-delivery-id")
      handle = Native::Handle.new(:verification)
      Native.call(:hookrail_verifier_begin, @pointer, header, header.bytesize, id, id.bytesize, limit,
                  Native.unix_time(now), handle.out)
      begun = Verification.new(handle, id)
      announced = content_length.nil? ? begun : begun.announce(content_length)
    ensure
      # Frees refused verifications without waiting for the garbage collector.
      handle&.release unless announced
    end

    # For development only: explains why a delivery does not verify, by trying the usual mistakes. The text holds
    # no secret but parts of the request: do not show it to the sender.
    #
    # @param (see #verify)
    # @param event_id [String, nil] the value of hookrail-event-id
    # @return [String]
    def explain(body, signature:, delivery_id:, event_id: nil, now: nil)
      event = event_id.nil? ? [nil, 0] : Native.byte_arguments(event_id, :event_id)
      header = header(Headers.join(signature), "hookrail-signature")
      id = header(delivery_id, "hookrail-delivery-id")
      arguments = [header, header.bytesize, id, id.bytesize, *event, *Native.byte_arguments(body, :body),
                   Native.unix_time(now)]
      Native.read_buffer(4096) do |buffer|
        Native.call(:hookrail_explain_signature, @options.pointer, *arguments, *buffer)
      end
    end

    private

    def header(value, name)
      raise SignatureMissingError, "the request has no header #{name}" if value.nil?

      Native.held_bytes(value, name)
    end
  end
end
