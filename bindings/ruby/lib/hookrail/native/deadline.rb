# frozen_string_literal: true

module Hookrail
  module Native
    # The point in time at which a wait ends.
    # @api private
    class Deadline
      # Longer times are cut to this many seconds, which Ruby's waits accept.
      FAR = 1_000_000_000
      private_constant :FAR

      # @param seconds [Numeric, nil] nil for no end
      # @raise [InvalidArgumentError]
      def initialize(seconds, name)
        unless seconds.nil? || (Native.real?(seconds) && !seconds.negative?)
          raise InvalidArgumentError, "#{name} must be a number of seconds from 0, or nil, not #{seconds.inspect}"
        end

        @at = now + [seconds, FAR].min if seconds
      end

      # @return [Float, nil] seconds, at least 0; nil for no end
      def remaining
        [@at - now, 0.0].max if @at
      end

      # @return [Integer] the remaining time for the library; -1 for no end
      def milliseconds
        @at ? (remaining * 1000).ceil : -1
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
