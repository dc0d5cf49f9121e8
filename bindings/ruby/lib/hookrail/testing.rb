# frozen_string_literal: true

require "securerandom"
require "stringio"
require_relative "../hookrail"
require_relative "testing/fake_client"

module Hookrail
  # Signs requests the way the service does, to test receivers, and makes fake clients, to test senders.
  #
  # @example With Rack::Test
  #   body = JSON.generate(order_id: "o_1")
  #   post "/webhooks", body, Hookrail::Testing.rack_env(body, secret: "whsec_test")
  #
  # @example A client that sends nothing
  #   client = Hookrail::Testing.fake_client
  #   client.send_event("order.paid", { order_id: "o_1" })
  #   client.events.last.topic # => "order.paid"
  module Testing
    # The size of a buffer that is large enough for each signature.
    HEADER_SIZE = 128
    private_constant :HEADER_SIZE

    class << self
      # Makes a client that sends nothing. A program can use it in place of each {Client}.
      #
      # @param settings [Hash] those of {Client#initialize}; none is needed
      # @yield for each event, as in {FakeClient#respond}
      # @return [FakeClient]
      def fake_client(**settings, &)
        client = FakeClient.new(**settings)
        client.respond(&) if block_given?
        client
      end

      # @param members [Hash] the members that differ from the usual ones
      # @return [Accepted] the service's promise for an event
      #
      # @example
      #   Hookrail::Testing.accepted(event_id: "e_1", replayed: true)
      def accepted(**members)
        usual = { event_id: "01TEST#{"0" * 20}", delivery_ids: [], replayed: false, idempotency_key: "test_key",
                  attempts: 1, attempt_records: [attempt_record], request_id: nil }
        values = usual.merge(members)
        Accepted.new(json: JSON.generate(values.slice(:event_id, :delivery_ids)), **values)
      end

      # @param event_id [String]
      # @param topic [String]
      # @param deliveries [Array<Hash, Delivery>] the members of each delivery that differ from the usual ones: one
      #   that succeeded, without attempts
      # @param json [String] the service's answer
      # @return [EventStatus]
      #
      # @example
      #   client.answer_status(Hookrail::Testing.event_status(event_id: "e_1", deliveries: [{ state: :dead_lettered }]))
      def event_status(event_id:, topic: "test.event", deliveries: [], json: "{}")
        deliveries = deliveries.each_with_index.map do |delivery, index|
          delivery.is_a?(Delivery) ? delivery : self.delivery(id: format("01TESTD%019d", index + 1), **delivery)
        end
        EventStatus.new(event_id:, topic:, deliveries: deliveries.freeze, json:,
                        attempt_records: [attempt_record(http_status: 200)], request_id: nil)
      end

      # @param members [Hash] the members that differ from those of a fast attempt that succeeded
      # @return [AttemptRecord]
      #
      # @example
      #   Hookrail::Testing.attempt_record(number: 2, status: :server_error, http_status: 503, message: "no")
      def attempt_record(**members)
        AttemptRecord.new(number: 1, status: :ok, http_status: 202, message: nil, request_id: nil, new_connection: true,
                          started_at: Time.now.freeze, since_start: 0.0, duration: 0.0, lookup: 0.0, connect: 0.0,
                          tls: 0.0, waiting: 0.0, bytes_sent: 0, bytes_received: 0, **members)
      end

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

      private

      def delivery(id:, state: :succeeded, state_text: state.name, attempts: [], attempts_truncated: false)
        attempts = attempts.map do |attempt|
          next attempt if attempt.is_a?(Attempt)

          Attempt.new(number: 1, claim_version: 1, status: "failed", http_status: nil, error_class: nil, latency: nil,
                      **attempt)
        end
        Delivery.new(id:, state:, state_text:, attempts: attempts.freeze, attempts_truncated:)
      end
    end
  end
end
