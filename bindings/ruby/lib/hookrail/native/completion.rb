# frozen_string_literal: true

module Hookrail
  module Native
    # A hookrail_completion, as hookrail_poll writes it.
    # @api private
    class Completion < FFI::Struct
      layout :tag, :uint64, :token, :uint64, :status, :int32, :outcome, :int32, :http_status, :int32,
             :attempts, :uint32, :queued_us, :uint64, :total_us, :uint64, :accepted, :pointer, :error, :pointer

      # @return [Hash] what {Submission#resolve} takes
      def values
        {
          accepted: (Accepted.from_native(self[:accepted]) unless self[:accepted].null?),
          error: (Native.error(self[:error]) unless self[:error].null?),
          outcome: OUTCOMES[self[:outcome]],
          queued_time: self[:queued_us] / 1e6,
          total_time: self[:total_us] / 1e6
        }
      end

      # Frees what it holds.
      def release
        { accepted: :hookrail_accepted_free, error: :hookrail_error_free }.each do |member, function|
          pointer = self[member]
          self[member] = nil
          Native.public_send(function, pointer)
        end
      end
    end

    # Completions on their way from the library to their submissions.
    #
    # What the handler of a signal raises may come between any two steps, and nothing holds it off. So a batch is
    # kept until all of it is done, and goes on where it was left.
    # @api private
    class CompletionBatch
      # @param size [Integer] how many completions it takes at most
      def initialize(size)
        @size = size
        @memory = FFI::MemoryPointer.new(Completion, size)
        @count = FFI::MemoryPointer.new(:size_t)
        @next = 0
      end

      # Collects completions that wait already, unless it has some.
      def fill(client)
        Native.call(:hookrail_poll, client, @memory, Completion.size, @size, 0, @count) if count.zero?
      rescue InterruptedError
        # None, then.
      end

      # Yields those that are not done. What is done with one may be done again.
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
