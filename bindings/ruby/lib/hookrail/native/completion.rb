# frozen_string_literal: true

module Hookrail
  module Native
    # A hookrail_completion, as hookrail_poll writes it.
    # @api private
    class Completion < FFI::Struct
      layout :tag, :uint64, :token, :uint64, :status, :int32, :outcome, :int32, :http_status, :int32,
             :attempts, :uint32, :queued_us, :uint64, :total_us, :uint64, :accepted, :pointer, :error, :pointer

      # Collects completions that wait already.
      #
      # @return [Array<Completion>] at most `max`
      def self.poll(client, max)
        memory = FFI::MemoryPointer.new(self, max)
        count = FFI::MemoryPointer.new(:size_t)
        begin
          Native.call(:hookrail_poll, client, memory, size, max, 0, count)
        rescue InterruptedError
          return []
        end
        Array.new(count.read(:size_t)) { |index| new(memory + (index * size)) }
      end

      # Turns the completion into Ruby's values and frees what it holds.
      #
      # @return [Hash] what {Submission#resolve} takes
      def take
        {
          accepted: (Accepted.from_native(self[:accepted]) unless self[:accepted].null?),
          error: (Native.error(self[:error]) unless self[:error].null?),
          outcome: OUTCOMES[self[:outcome]],
          queued_time: self[:queued_us] / 1e6,
          total_time: self[:total_us] / 1e6
        }
      ensure
        Native.hookrail_accepted_free(self[:accepted])
        Native.hookrail_error_free(self[:error])
      end
    end
  end
end
