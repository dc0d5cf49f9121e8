# frozen_string_literal: true

module Hookrail
  module Native
    # The structure hookrail_completion, written by hookrail_poll.
    # @api private
    class Completion < FFI::Struct
      layout :tag, :uint64, :token, :uint64, :status, :int32, :outcome, :int32, :http_status, :int32,
             :attempts, :uint32, :queued_us, :uint64, :total_us, :uint64, :accepted, :pointer, :error, :pointer,
             :topic, :string, :idempotency_key, :string, :ordering_key, :string

      # @return [Hash] the arguments of {Submission#resolve}
      def values
        {
          accepted: (Accepted.from_native(self[:accepted]) unless self[:accepted].null?),
          error: (Native.error(self[:error]) unless self[:error].null?),
          outcome: OUTCOMES[self[:outcome]],
          queued_time: self[:queued_us] / 1e6,
          total_time: self[:total_us] / 1e6
        }
      end

      # Frees the handles in it.
      def release
        { accepted: :hookrail_accepted_free, error: :hookrail_error_free }.each do |member, function|
          pointer = self[member]
          self[member] = nil
          Native.public_send(function, pointer)
        end
      end
    end

    # Completions that were collected and are being passed to their submissions.
    #
    # An exception from a signal handler may come between any two steps, and nothing can hold it off. So a batch
    # is kept until all of it is done, and processing continues where it stopped.
    # @api private
    class CompletionBatch
      # @param client [Handle]
      # @param size [Integer] how many completions it takes at most
      def initialize(client, size)
        @client = client
        @size = size
        @memory = FFI::MemoryPointer.new(Completion, size)
        @count = FFI::MemoryPointer.new(:size_t)
        @next = 0
      end

      # Collects available completions without waiting, unless the batch still has some.
      def fill
        Native.call(:hookrail_poll, @client.pointer, @memory, Completion.size, @size, 0, @count) if count.zero?
      rescue InterruptedError
        # Counts as no completions.
      end

      # Yields the completions that are not processed yet. The block may run twice for the same one.
      #
      # @yieldparam completion [Completion]
      def each
        while @next < count
          completion = Completion.new(@memory + (@next * Completion.size))
          yield completion
          @next += 1
          completion.release
        end
      end

      # @return [Integer] how many were collected
      def count
        @count.read(:size_t)
      end
    end
  end
end
