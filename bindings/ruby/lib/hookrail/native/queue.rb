# frozen_string_literal: true

module Hookrail
  module Native
    # The queue of a client, with the completions of its events.
    # @api private
    class Queue
      # @param client [Handle]
      def initialize(client)
        @client = client
      end

      # Queues an event. Yields its token, which is 0 if it was not queued, even if an exception ends the call.
      #
      # @param function [Symbol] `:hookrail_submit_event` or `:hookrail_submit_prepared`
      # @param arguments [Array] its arguments between the client and the tag
      # @param tag [Integer] the tag of the completion
      # @yieldparam token [Integer]
      # @raise [QueueFullError, ClosedError, InvalidArgumentError]
      def submit(function, arguments, tag)
        token = FFI::MemoryPointer.new(:uint64)
        Native.call(function, @client.pointer, *arguments, tag, 0, token)
      ensure
        yield token.read_uint64 if token
      end

      # @param size [Integer] how many completions it takes at most
      # @return [CompletionBatch] to be filled
      def batch(size)
        CompletionBatch.new(@client, size)
      end

      # @return [Integer] the event descriptor
      def descriptor
        place = FFI::MemoryPointer.new(:int32)
        Native.call(:hookrail_event_fd, @client.pointer, place)
        place.read_int32
      end

      def cancel(token)
        Native.call(:hookrail_cancel_submitted, @client.pointer, token)
      end

      # @return [Integer] the number of cancelled events
      def purge(**which)
        flags = PURGE.sum { |name, flag| which.fetch(name) ? flag : 0 }
        purged = FFI::MemoryPointer.new(:size_t)
        Native.call(:hookrail_purge, @client.pointer, flags, purged)
        purged.read(:size_t)
      end

      # @return [Array<Integer>] how many events are queued, are in flight, and have an uncollected completion
      def pending
        places = Array.new(3) { FFI::MemoryPointer.new(:size_t) }
        Native.call(:hookrail_pending, @client.pointer, *places)
        places.map { |place| place.read(:size_t) }
      end

      # @param milliseconds [Integer] how long to wait; -1 for no end
      # @param remaining [FFI::MemoryPointer] the place for the number of events that are queued or in flight
      # @raise [TimeoutError, InterruptedError]
      def flush(milliseconds, remaining)
        Native.call(:hookrail_flush, @client.pointer, milliseconds, remaining)
      end

      # @param milliseconds [Integer] how long to send; -1 for no end
      # @param unsent [FFI::MemoryPointer] the place for the number of cancelled events
      # @raise [InterruptedError]
      def close(milliseconds, unsent)
        Native.call(:hookrail_client_close, @client.pointer, milliseconds, unsent)
      end
    end
  end
end
