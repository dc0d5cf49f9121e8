# frozen_string_literal: true

module Hookrail
  module Native
    # How long a wait may still take.
    # @api private
    class Deadline
      # @param seconds [Numeric, nil] nil for no end
      # @raise [InvalidArgumentError]
      def initialize(seconds, name)
        unless seconds.nil? || (Native.real?(seconds) && !seconds.negative?)
          raise InvalidArgumentError, "#{name} must be a number of seconds from 0, or nil, not #{seconds.inspect}"
        end

        @at = now + seconds if seconds
      end

      # @return [Float, nil] seconds, at least 0; nil for no end
      def remaining
        [@at - now, 0.0].max if @at
      end

      # @return [Integer] what the library takes; -1 for no end
      def milliseconds
        @at ? [(remaining * 1000).ceil, (2**62)].min : -1
      end

      # @return [Boolean]
      def over?
        !@at.nil? && now >= @at
      end

      private

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
