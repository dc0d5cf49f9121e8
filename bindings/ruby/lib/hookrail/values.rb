# frozen_string_literal: true

require_relative "value"
require_relative "attempt_record"

module Hookrail
  # The service's problem details about an error (RFC 7807).
  #
  # @!attribute [r] type
  #   @return [String, nil]
  # @!attribute [r] title
  #   @return [String, nil]
  # @!attribute [r] detail
  #   @return [String, nil]
  class Problem < Value
    holds :type, :title, :detail
  end

  # The service's promise: it has recorded the event durably.
  #
  # @!attribute [r] event_id
  #   @return [String]
  # @!attribute [r] delivery_ids
  #   @return [Array<String>] the deliveries of the event; empty when no subscription matched
  # @!attribute [r] replayed
  #   @return [Boolean] whether the service had recorded this key and these bytes before
  # @!attribute [r] idempotency_key
  #   @return [String]
  # @!attribute [r] attempts
  #   @return [Integer] how many attempts it took
  # @!attribute [r] json
  #   @return [String] the service's unchanged answer
  # @!attribute [r] request_id
  #   @return [String, nil] the id that the service, or a gateway before it, gave the request
  class Accepted < Value
    # @return [Array<AttemptRecord>] the last 16 attempts of the call, the oldest first
    def attempt_records
      @attempt_records.to_a
    end

    holds :event_id, :delivery_ids, :replayed, :idempotency_key, :attempts, :json, :attempt_records, :request_id

    alias replayed? replayed

    # @api private
    def self.from_native(pointer)
      ids = Array.new(Native.hookrail_accepted_delivery_count(pointer)) do |index|
        Native.string(Native.hookrail_accepted_delivery_id(pointer, index))
      end
      new(
        event_id: Native.string(Native.hookrail_accepted_event_id(pointer)),
        delivery_ids: ids.freeze,
        replayed: Native.hookrail_accepted_replayed(pointer),
        idempotency_key: Native.string(Native.hookrail_accepted_idempotency_key(pointer)),
        attempts: Native.hookrail_accepted_attempts(pointer),
        json: Native.text(Native.hookrail_accepted_json(pointer), Native.hookrail_accepted_json_len(pointer)),
        attempt_records: Native::AttemptRecords.read(:accepted, pointer),
        request_id: Native.string(Native.hookrail_accepted_request_id(pointer))
      )
    end
  end

  # One attempt to deliver an event to an endpoint.
  #
  # @!attribute [r] number
  #   @return [Integer] as the service counts
  # @!attribute [r] claim_version
  #   @return [Integer]
  # @!attribute [r] status
  #   @return [String] its result, in the service's own word
  # @!attribute [r] http_status
  #   @return [Integer, nil] the HTTP status of the receiver's answer
  # @!attribute [r] error_class
  #   @return [String, nil] the service's word for what went wrong
  # @!attribute [r] latency
  #   @return [Float, nil] how many seconds it took
  class Attempt < Value
    holds :number, :claim_version, :status, :http_status, :error_class, :latency

    # @api private
    def self.from_native(pointer, delivery, index)
      place = [pointer, delivery, index]
      new(
        number: Native.hookrail_event_status_attempt_number(*place),
        claim_version: Native.hookrail_event_status_attempt_claim_version(*place),
        status: Native.string(Native.hookrail_event_status_attempt_status(*place)),
        http_status: Native.positive(Native.hookrail_event_status_attempt_http_status(*place)),
        error_class: Native.string(Native.hookrail_event_status_attempt_error_class(*place)),
        latency: Native.seconds(Native.hookrail_event_status_attempt_latency_ms(*place))
      )
    end
  end

  # The delivery of an event to one endpoint.
  #
  # @!attribute [r] id
  #   @return [String]
  # @!attribute [r] state
  #   @return [Symbol] `:pending`, `:in_flight`, `:retry_scheduled`, `:succeeded`, `:dead_lettered`,
  #     `:cancelled` or `:skipped`; `:unknown` for a state that this version does not know
  # @!attribute [r] state_text
  #   @return [String] the state in the service's own word
  # @!attribute [r] attempts
  #   @return [Array<Attempt>]
  # @!attribute [r] attempts_truncated
  #   @return [Boolean] whether the service left out attempts
  class Delivery < Value
    holds :id, :state, :state_text, :attempts, :attempts_truncated

    # The states, indexed by their numbers in the C ABI.
    STATES = %i[unknown pending in_flight retry_scheduled succeeded dead_lettered cancelled skipped].freeze

    alias attempts_truncated? attempts_truncated

    # @api private
    def self.from_native(pointer, index)
      attempts = Array.new(Native.hookrail_event_status_attempt_count(pointer, index)) do |attempt|
        Attempt.from_native(pointer, index, attempt)
      end
      new(
        id: Native.string(Native.hookrail_event_status_delivery_id(pointer, index)),
        state: STATES.fetch(Native.hookrail_event_status_delivery_state(pointer, index), :unknown),
        state_text: Native.string(Native.hookrail_event_status_delivery_state_text(pointer, index)),
        attempts: attempts.freeze,
        attempts_truncated: Native.hookrail_event_status_delivery_attempts_truncated(pointer, index)
      )
    end
  end

  # The status of an event.
  #
  # @!attribute [r] event_id
  #   @return [String]
  # @!attribute [r] topic
  #   @return [String]
  # @!attribute [r] deliveries
  #   @return [Array<Delivery>]
  # @!attribute [r] json
  #   @return [String] the service's unchanged answer
  # @!attribute [r] request_id
  #   @return [String, nil] the id that the service, or a gateway before it, gave the request
  class EventStatus < Value
    # @return [Array<AttemptRecord>] the last 16 attempts of the call, the oldest first
    def attempt_records
      @attempt_records.to_a
    end

    holds :event_id, :topic, :deliveries, :json, :attempt_records, :request_id

    # @api private
    def self.from_native(pointer)
      deliveries = Array.new(Native.hookrail_event_status_delivery_count(pointer)) do |index|
        Delivery.from_native(pointer, index)
      end
      new(
        event_id: Native.string(Native.hookrail_event_status_event_id(pointer)),
        topic: Native.string(Native.hookrail_event_status_topic(pointer)),
        deliveries: deliveries.freeze,
        json: Native.text(Native.hookrail_event_status_json(pointer), Native.hookrail_event_status_json_len(pointer)),
        attempt_records: Native::AttemptRecords.read(:event_status, pointer),
        request_id: Native.string(Native.hookrail_event_status_request_id(pointer))
      )
    end
  end

  # An event with a fixed idempotency key and fixed bytes. Any process, in any language, can send it later.
  #
  # @!attribute [r] blob
  #   @return [String] the bytes to store
  # @!attribute [r] idempotency_key
  #   @return [String]
  class PreparedEvent < Value
    holds :blob, :idempotency_key

    # @api private
    def self.from_native(pointer)
      new(
        blob: Native.bytes(Native.hookrail_prepared_blob(pointer), Native.hookrail_prepared_blob_len(pointer)),
        idempotency_key: Native.string(Native.hookrail_prepared_idempotency_key(pointer))
      )
    end

    # @return [String] its class, its key and its size: the bytes have the payload and your own headers
    def inspect
      "#<#{self.class} idempotency_key=#{idempotency_key.inspect} blob=(#{blob.bytesize} bytes)>"
    end
  end

  # The result of a successful verification.
  #
  # @!attribute [r] delivery_id
  #   @return [String] the key by which to recognise a repeated delivery
  # @!attribute [r] secret_index
  #   @return [Integer] which secret matched; it shows when an old secret is no longer in use
  # @!attribute [r] signed_at
  #   @return [Time]
  # @!attribute [r] skew
  #   @return [Integer] how many seconds ago that was, by our clock; negative when it lies ahead. An Integer,
  #     because a Float cannot represent the largest times exactly
  class Verified < Value
    holds :delivery_id, :secret_index, :signed_at, :skew
  end
end
