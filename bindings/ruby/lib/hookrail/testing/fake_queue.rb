# frozen_string_literal: true

module Hookrail
  module Testing
    # Takes the place of {Native::Queue}: submitted events are done at once, unless the queue is held.
    # @api private
    class FakeQueue
      # The completion of an event, as {Native::Completion}.
      class Completion
        # @return [Hash] the arguments of {Submission#resolve}
        attr_reader :values

        def initialize(tag, values)
          @tag = tag
          @values = values
        end

        # @return [Integer] the tag
        def [](_name)
          @tag
        end
      end
      private_constant :Completion

      def initialize(calls, service)
        @calls = calls
        @service = service
        @lock = Thread::Mutex.new
        @held = {}
        @holds = false
        @finished = []
        @token = 0
      end

      # Keeps the events that are submitted from now on in the queue.
      def hold
        @lock.synchronize { @holds = true }
      end

      # Sends the events that are in the queue.
      def release
        @lock.synchronize do
          @holds = false
          @held.each_value { |tag, event| finish(tag, event) }
          @held.clear
        end
      end

      # @see Native::Queue#submit
      def submit(function, arguments, tag)
        kind = function == :hookrail_submit_event ? :event : :prepared_event
        event = @calls.if_open(@calls.public_send(kind, *arguments, submitted: true))
        refusal = @service.refusal
        raise FakeProducer::Refusal, refusal.with(idempotency_key: event.idempotency_key) if refusal

        @lock.synchronize do
          yield @token += 1
          @holds ? @held[@token] = [tag, event] : finish(tag, event)
        end
      end

      def batch(size)
        Batch.new(self, size)
      end

      # @return [Array<Completion>]
      def take(size)
        @lock.synchronize do
          taken = @finished.shift(size)
          @reader.read_nonblock(1, exception: false) if @reader && @finished.empty? && taken.any?
          taken
        end
      end

      # @return [Integer] a descriptor that is readable while there are completions
      def descriptor
        @lock.synchronize do
          unless @reader
            @reader, @writer = IO.pipe
            @writer.write(".") if @finished.any?
          end
          @reader.fileno
        end
      end

      def cancel(token)
        @lock.synchronize { give_up(token) if @held.key?(token) }
      end

      def purge(queued:, **)
        @lock.synchronize { queued ? @held.keys.map { |token| give_up(token) }.size : 0 }
      end

      def pending
        @lock.synchronize { [@held.size, 0, @finished.size] }
      end

      # No time passes: a held event is not sent within the timeout.
      def flush(_milliseconds, remaining)
        held = @lock.synchronize { @held.size }
        remaining.put(:size_t, 0, held)
        raise TimeoutError unless held.zero?
      end

      def close(_milliseconds, unsent)
        @calls.close
        unsent.put(:size_t, 0, purge(queued: true))
      end

      private

      def finish(tag, event)
        accepted = @service.record(event)
        complete(tag, accepted:, error: nil, outcome: :delivered)
      rescue Error => e
        complete(tag, accepted: nil, error: e, outcome: e.outcome)
      end

      def give_up(token)
        tag, event = @held.delete(token)
        error = CancelledError.new("the event was cancelled before it was sent", outcome: :not_sent, attempts: 0,
                                                                                 idempotency_key: event.idempotency_key)
        complete(tag, accepted: nil, error:, outcome: :not_sent)
      end

      def complete(tag, **result)
        @writer.write(".") if @writer && @finished.empty?
        @finished << Completion.new(tag, { **result, queued_time: 0.0, total_time: 0.0 })
      end

      # Completions that were collected, as those of {Native::CompletionBatch}.
      class Batch
        def initialize(queue, size)
          @queue = queue
          @size = size
        end

        def fill
          @completions ||= @queue.take(@size)
          nil
        end

        def each(&)
          @completions.each(&)
        end

        def count
          @completions.size
        end
      end
      private_constant :Batch
    end
  end
end
