# frozen_string_literal: true

module Hookrail
  module Testing
    # The service behind a {FakeClient}: it records events in memory, and gives scripted answers.
    # @api private
    class FakeService
      # The error of the last attempt stands inside of one of these classes already, or its call ends at once.
      FINAL = [RetriesExhaustedError, AuthenticationError, QueueFullError, CancelledError, ClosedError].freeze
      private_constant :FINAL

      # @return [#call, nil] the program's answer to each event
      attr_writer :respond

      def initialize(max_retries)
        @attempts = max_retries + 1
        @lock = Thread::Mutex.new
        clear
      end

      def clear
        @events = []
        @failed = []
        @answers = []
        @statuses = {}
        @accepted = {}
      end

      def events
        @lock.synchronize { @events.dup }
      end

      def failed_events
        @lock.synchronize { @failed.dup }
      end

      # @param answer [Exception, Class, Hash] what the next call raises, or the members of its Accepted
      def script(answer, times)
        @lock.synchronize { @answers << [answer, times] }
      end

      def add_status(status)
        @lock.synchronize { @statuses[status.event_id] = status }
      end

      # @return [Exception, nil] the scripted error, if it is one with which `submit` refuses an event
      def refusal
        @lock.synchronize do
          answer, = @answers.first
          error = exception(answer)
          next unless error.is_a?(QueueFullError) || error.is_a?(OutOfResourcesError)

          next_answer
          error
        end
      end

      # Records an event.
      #
      # @param event [RecordedEvent] without result
      # @return [Accepted]
      # @raise [Exception] the scripted error
      def record(event)
        scripted = @lock.synchronize { next_answer }
        scripted = respond(event) if scripted.nil? && @respond
        raise exception(scripted) if scripted.is_a?(Exception) || scripted.is_a?(Class)

        @lock.synchronize { accept(event, scripted) }
      rescue StandardError => e
        fail(event, completed(e, event))
      end

      # @return [EventStatus]
      # @raise [NotFoundError, Exception] the scripted error
      def status(event_id)
        @lock.synchronize do
          scripted = next_answer
          raise completed(exception(scripted), nil) if scripted

          @statuses.fetch(event_id) do
            raise NotFoundError.new(outcome: nil, problem: { type: "about:blank", title: "Not Found",
                                                             detail: "there is no such event" })
          end
        end
      end

      private

      def next_answer
        answer, times = @answers.first
        @answers.shift if times == 1
        @answers[0] = [answer, times - 1] if times && times > 1
        answer
      end

      def respond(event)
        answer = @respond.call(event)
        case answer
        when nil, Hash, Accepted, Exception then answer
        else
          raise InvalidArgumentError, "the block must raise an error, or return nil or a Hash of members of " \
                                      "Accepted, not a #{answer.class}"
        end
      end

      def exception(answer)
        answer.is_a?(Class) ? answer.new : answer
      end

      # Returns the answer to an event: the same for the same key and the same bytes, as the service does.
      def accept(event, members)
        return members if members.is_a?(Accepted)

        known, first = @accepted[event.idempotency_key]
        if known
          raise ConflictError unless known == [event.topic, event.json]

          return Accepted.new(**first.to_h, replayed: true, **members.to_h)
        end
        remember(event, Testing.accepted(event_id: format("01TEST%020d", @events.size + 1),
                                         idempotency_key: event.idempotency_key, **members.to_h))
      end

      def remember(event, accepted)
        @accepted[event.idempotency_key] = [[event.topic, event.json], accepted]
        @events << RecordedEvent.new(**event.to_h, event_id: accepted.event_id)
        @statuses[accepted.event_id] ||= Testing.event_status(event_id: accepted.event_id, topic: event.topic)
        accepted
      end

      def fail(event, error)
        @lock.synchronize { @failed << RecordedEvent.new(**event.to_h, error:) }
        raise error
      end

      # Returns the error as the client would have raised it: with the event's key, and after the retries.
      def completed(error, event)
        return error unless error.is_a?(Error)

        own = { idempotency_key: event&.idempotency_key, outcome: (error.outcome if event) }
        if last_attempt?(error)
          own[:cause] = error.with(outcome: nil, attempts: 0)
          error = event&.submitted ? out_of_time(error, own) : RetriesExhaustedError.new(**own, attempts: @attempts)
        end
        error.with(**own.slice(:idempotency_key, :outcome), attempt_records: records(error))
      end

      # Returns whether the error is one that the client would have met in its last attempt.
      def last_attempt?(error)
        error.retryable? && error.cause.nil? && !FINAL.include?(error.class)
      end

      # Returns the error of a submitted event that could not be sent in its time.
      def out_of_time(error, own)
        kept = %i[http_status retry_after problem body].to_h { |name| [name, error.public_send(name)] }
        TimeoutError.new("the time for delivering the event ran out while it waited; the last error: #{error.message}",
                         **kept, **own)
      end

      def records(error)
        return error.attempt_records if error.attempt_records.any?

        last = error.last_error
        Array.new([error.attempts, 16].min) do |index|
          Testing.attempt_record(number: index + 1, status: last.status, http_status: last.http_status,
                                 message: last.message)
        end.freeze
      end
    end
  end
end
