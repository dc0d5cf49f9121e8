# frozen_string_literal: true

module Hookrail
  # A submitted event and, once it is done, its result.
  #
  # It knows its event from the start: topic, keys, and the tag that the program gave it. Threads and fibers may
  # share it. Waiting for it is optional.
  #
  # @example Report failures with their event
  #   client.submit("order.paid", { order_id: order.id }, tag: order)
  #   client.completions.each { |done| done.tag.failed!(done.idempotency_key) if done.error }
  class Submission
    # @return [Object, nil] the object that was given as `tag`; the library does not use it
    attr_reader :tag

    # @return [String, nil] the topic; nil for a prepared event in a format that this version does not know
    attr_reader :topic

    # @return [String] the idempotency key, also if the library made it: sending the same event again with this key
    #   cannot duplicate it
    attr_reader :idempotency_key

    # @return [String, nil] the ordering key; nil if it has none
    attr_reader :ordering_key

    # @return [Float, nil] how many seconds it was queued; nil until it is done
    attr_reader :queued_time

    # @return [Float, nil] how many seconds it took from the submit to the end; nil until it is done
    attr_reader :total_time

    # @return [Symbol, nil] what is known about the event: `:delivered`, `:not_sent`, `:rejected` or
    #   `:maybe_sent`; nil until it is done, and then never nil
    attr_reader :outcome

    # @return [Error, nil] why it failed; nil if it succeeded, or is not done
    attr_reader :error

    # @api private
    attr_writer :token

    # @api private
    def initialize(producer, topic:, idempotency_key:, ordering_key:, tag:)
      @producer = producer
      @topic = topic
      @idempotency_key = idempotency_key
      @ordering_key = ordering_key
      @tag = tag
      @token = 0
      @done = false
    end

    # @return [Boolean] whether the library has accepted it
    # @api private
    def queued?
      @token.positive?
    end

    # @return [Boolean] whether it is done, as far as results were collected; this does not collect any
    def done?
      @done
    end

    # @return [Array<AttemptRecord>] the last 16 attempts since the submit, the oldest first; empty until it is done
    def attempt_records
      (@error || @accepted)&.attempt_records || []
    end

    # Waits until it is done.
    #
    # @param timeout [Float, nil] nil waits without end
    # @return [self, nil] nil when the time is over
    def wait(timeout: nil)
      self if @producer.wait(timeout) { @done }
    end

    # Waits for the result.
    #
    # @param timeout [Float, nil] nil waits without end
    # @return [Accepted, nil] nil when the time is over
    # @raise [Error] what {Client#send_event} would have raised
    def value(timeout: nil)
      return unless wait(timeout:)

      @error ? Native.throw_error(@error) : @accepted
    end

    # Cancels it. It is done soon after, with a {CancelledError} whose outcome says what is known about the event;
    # the event may just have been delivered.
    #
    # @return [self]
    def cancel
      @producer.cancel(@token) unless @done
      self
    end

    # @return [String] its class, its outcome, its topic and its key
    def inspect
      "#<#{self.class} #{@done ? outcome : "under way"} topic=#{topic.inspect} " \
        "idempotency_key=#{idempotency_key.inspect}>"
    end

    # For loggers that write JSON, such as subscribers of ActiveSupport::Notifications.
    #
    # @return [Hash{String => String, nil}] its topic, its keys and its result, without the tag
    def as_json(*)
      { "topic" => topic, "idempotency_key" => idempotency_key, "ordering_key" => ordering_key,
        "outcome" => outcome&.to_s, "event_id" => @accepted&.event_id, "error" => @error&.message }
    end

    # @api private
    def resolve(accepted: nil, error: nil, outcome: nil, queued_time: nil, total_time: nil)
      @accepted = accepted
      @error = error
      @outcome = outcome
      @queued_time = queued_time
      @total_time = total_time
      @done = true
    end
  end
end
