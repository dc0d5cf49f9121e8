# frozen_string_literal: true

require "securerandom"
require "stringio"
require_relative "../hookrail"

module Hookrail
  # Signs requests the way the service does, to test receivers.
  #
  # @example With Rack::Test
  #   body = JSON.generate(order_id: "o_1")
  #   post "/webhooks", body, Hookrail::Testing.rack_env(body, secret: "whsec_test")
  module Testing
    # The size of a buffer that is large enough for each signature.
    HEADER_SIZE = 128
    private_constant :HEADER_SIZE

    class << self
      # @return [String] a unique delivery id
      def delivery_id
        "test_#{SecureRandom.hex(8)}"
      end

      # @param body [String] the body, byte for byte
      # @param secret [String] the endpoint's secret
      # @param delivery_id [String]
      # @param timestamp [Time, Integer] the signed time
      # @return [String] the value of the header hookrail-signature
      # @raise [InvalidArgumentError]
      def sign(body, secret:, delivery_id:, timestamp: Time.now)
        buffer = FFI::MemoryPointer.new(:char, HEADER_SIZE)
        Native.call(:hookrail_sign, *Native.byte_arguments(secret, :secret), Native.timestamp(timestamp),
                    *Native.byte_arguments(delivery_id, :delivery_id), *Native.byte_arguments(body, :body),
                    buffer, buffer.size, nil)
        Native.string(buffer.read_string)
      end

      # @param body [String] the body, byte for byte
      # @param secret [String] the endpoint's secret
      # @param topic [String]
      # @param event_id [String]
      # @param delivery_id [String]
      # @param timestamp [Time, Integer] the signed time
      # @return [Hash{String => String}] the headers of a delivery
      def headers(body, secret:, topic: "test.event", event_id: "test_event", delivery_id: self.delivery_id,
                  timestamp: Time.now)
        {
          "content-type" => "application/json",
          "user-agent" => "hookrail/0.1",
          "hookrail-event-id" => event_id,
          "hookrail-delivery-id" => delivery_id,
          "hookrail-topic" => topic,
          "hookrail-signature" => sign(body, secret:, delivery_id:, timestamp:)
        }
      end

      # @param (see .headers)
      # @return [Hash{String => Object}] the part of a Rack environment that describes a delivery, with its body
      def rack_env(body, **options)
        fields = headers(body, **options).transform_keys { |name| "HTTP_#{name.upcase.tr("-", "_")}" }
        fields.merge(
          "CONTENT_TYPE" => fields.delete("HTTP_CONTENT_TYPE"),
          "CONTENT_LENGTH" => body.bytesize.to_s,
          "REQUEST_METHOD" => "POST",
          "rack.input" => StringIO.new(body.b)
        )
      end
    end
  end
end
