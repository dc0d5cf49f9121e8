# frozen_string_literal: true

module Hookrail
  # An event that was submitted: the place where its result arrives.
  #
  # Threads and fibers may share it. It need not be waited for.
  class Submission
    # @return [Float, nil] how many seconds it was queued; nil as long as it is not done
    attr_reader :queued_time

    # @return [Float, nil] how many seconds it took from the submit to the end; nil as long as it is not done
    attr_reader :total_time

    # @return [Symbol, nil] what is known of the event: `:delivered`, `:not_sent`, `:rejected` or
    #   `:maybe_sent`; nil as long as it is not done
    attr_reader :outcome

    # @return [Error, nil] why it failed; nil when it did not, or is not done
    attr_reader :error

    # @api private
    attr_writer :token

    # @api private
    def initialize(producer)
      @producer = producer
      @token = 0
      @done = false
    end

    # @return [Boolean] whether the library has taken it
    # @api private
    def queued?
      @token.positive?
    end

    # @return [Boolean] whether it has come to its end; it does not look for news
    def done?
      @done
    end

    # Waits for its end.
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

    # Gives it up. It is done soon after, with a {CancelledError} that says in its outcome what is known; it
    # may just have been delivered.
    #
    # @return [self]
    def cancel
      @producer.cancel(@token) unless @done
      self
    end

    # @return [String] what it has come to
    def inspect
      "#<#{self.class} #{@done ? outcome : "under way"}>"
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
