# frozen_string_literal: true

require_relative "recorded_event"
require_relative "fake_service"
require_relative "fake_calls"
require_relative "fake_producer"
require_relative "fake_queue"

module Hookrail
  module Testing
    # A {Client} that sends nothing: it records events in memory and gives the answers that the test asks for.
    # {Testing.fake_client} makes one.
    #
    # It checks settings, topics, keys, payloads and blobs as the library does, and raises its errors. It recognises a
    # key that was used before. Submitted events are done at once, and completions, `on_error`, `flush` and `close` work
    # as those of a real client. Its counters in {#stats} stay 0.
    #
    # @example
    #   client = Hookrail::Testing.fake_client
    #   Checkout.new(client).pay(order)
    #   assert_equal ["order.paid"], client.events.map(&:topic)
    class FakeClient < Client
      # @param (see Client#initialize)
      # @see Client#initialize
      def initialize(api_key: "hk_fake", base_url: "http://localhost:8080", on_error: nil, logger: nil, max_retries: 3,
                     **settings)
        super(api_key:, base_url:, logger:, max_retries:, **settings)
        # From now on nothing can leave the process.
        @producer.close(0)
        @service = FakeService.new(max_retries || 3)
        @calls = FakeCalls.new(@handle, @service, settings[:headers] || {})
        @queue = FakeQueue.new(@calls, @service)
        @producer = FakeProducer.new(@queue, @instrumentation, on_error)
      end

      # @return [Array<RecordedEvent>] the events that were recorded, each idempotency key once
      def events
        @service.events
      end

      # @return [Array<RecordedEvent>] the events that failed, each with its error
      def failed_events
        @service.failed_events
      end

      # Makes the next call fail: `send_event`, `send_prepared`, `get_event`, or the sending of a submitted event.
      # Several calls of this method and of {#answer_next} form a list, in this order.
      #
      # A retryable error is that of the last attempt: as with a real client, `send_event` raises a
      # {RetriesExhaustedError} with it as cause, and a submission ends with a {TimeoutError}. `submit` raises a
      # {QueueFullError} and an {OutOfResourcesError} itself.
      #
      # @param error [Exception, Class]
      # @param times [Integer, nil] how many calls fail; nil: all from now on
      # @return [self]
      #
      # @example
      #   client.fail_next(Hookrail::RateLimitedError.new(retry_after: 2.0))
      #   client.fail_next(Hookrail::ServerError, times: 2)
      def fail_next(error = ServerError, times: 1)
        unless error.is_a?(Exception) || (error.is_a?(Class) && error <= Exception)
          raise InvalidArgumentError, "error must be an exception or a class of exceptions, not a #{error.class}"
        end

        script(error, times)
      end

      # Sets the answer to the next event.
      #
      # @param times [Integer, nil] how many events get it; nil: all from now on
      # @param members [Hash] the members of the {Accepted} that differ from the usual ones
      # @return [self]
      #
      # @example
      #   client.answer_next(replayed: true, delivery_ids: ["d_1"])
      def answer_next(times: 1, **members)
        Testing.accepted(**members)
        script(members, times)
      end

      # Lets a block answer each event for which the list of {#fail_next} and {#answer_next} has nothing. It raises an
      # error, or returns nil, or the members of an {Accepted}.
      #
      # @yieldparam event [RecordedEvent]
      # @return [self]
      #
      # @example
      #   client.respond { |event| raise Hookrail::PermissionDeniedError unless event.topic.start_with?("order.") }
      def respond(&block)
        @service.respond = block
        self
      end

      # Sets the status that {#get_event} returns. Without it, an event that was recorded has no deliveries.
      #
      # @param status [EventStatus] for example {Testing.event_status}
      # @return [self]
      def answer_status(status)
        @service.add_status(status)
        self
      end

      # Keeps the events that are submitted from now on in the queue, until {#release_queue}. `close` and `purge` cancel
      # them. `flush` does not wait for them: no time passes in a fake client.
      #
      # @return [self]
      def hold_queue
        @queue.hold
        self
      end

      # Sends the events in the queue.
      #
      # @return [self]
      def release_queue
        @queue.release
        self
      end

      # Forgets all events and all scripted answers.
      #
      # @return [self]
      def clear
        @service.clear
        self
      end

      private

      def script(answer, times)
        @service.script(answer, times.nil? ? nil : Native.integer(times, :times, 1..(2**31)))
        self
      end
    end
  end
end
