# frozen_string_literal: true

require_relative "log_lines"

module Hookrail
  # Tells the logger and the subscribers of ActiveSupport::Notifications about calls and submissions.
  # @api private
  class Instrumentation
    # The name under which a finished submission is announced.
    SUBMISSION = "finish_submission.hookrail"

    SUBMISSION_DETAILS = %i[topic idempotency_key ordering_key tag queued_time total_time outcome].freeze
    private_constant :SUBMISSION_DETAILS

    # @param logger [Logger, nil]
    # @raise [InvalidArgumentError]
    def initialize(logger)
      unless logger.nil? || %i[debug warn error].all? { |level| logger.respond_to?(level) }
        raise InvalidArgumentError, "logger must respond to debug, warn and error, not be a #{logger.class}"
      end

      @lines = LogLines.new(logger) if logger
      @logger = logger
    end

    # Makes a call.
    #
    # @param name [String] the name under which it is announced
    # @param details [Hash{Symbol => Object}] what is known of it; the result is added
    # @yieldreturn [Accepted, EventStatus]
    def call(name, **details, &)
      listened = listened?(name)
      return yield unless listened || @logger

      logged(details) { listened ? announce(name, details, &) : observe(details, &) }
    end

    # @return [Boolean] whether finished submissions have to be passed to {#submission}
    def wants_submissions?
      !@logger.nil? || listened?(SUBMISSION)
    end

    # Reports a finished submission.
    #
    # @param submission [Submission]
    def submission(submission)
      details = SUBMISSION_DETAILS.to_h { |name| [name, submission.public_send(name)] }
      details[:submission] = submission
      error = submission.error
      add(details, error || submission.value)
      details.update(exception: [error.class.name, error.message], exception_object: error) if error
      announce(SUBMISSION, details) { nil } if listened?(SUBMISSION)
      @lines&.result(details, error, submission.total_time)
    end

    # Reports a mistake of the program, which must not change the result of a call.
    def complain(text)
      @logger ? @logger.error("hookrail: #{text}") : warn("hookrail: #{text}", category: nil)
    end

    private

    def listened?(name)
      defined?(::ActiveSupport::Notifications) && ::ActiveSupport::Notifications.notifier.listening?(name)
    end

    # Makes a call and writes its result to the log.
    def logged(details)
      return yield unless @lines

      started = now
      begin
        yield.tap { @lines.result(details, nil, now - started) }
      rescue Error => e
        @lines.result(details, e, now - started)
        raise
      end
    end

    # Makes a call and announces it. An exception of a subscriber does not replace the result.
    def announce(name, details, &)
      failure = nil
      result = nil
      ::ActiveSupport::Notifications.instrument(name, details) do
        result = observe(details, &)
      rescue Exception => e # rubocop:disable Lint/RescueException -- it is raised again
        failure = e
        raise
      end
      result
    rescue StandardError => e
      raise if e.equal?(failure)

      complain("a subscriber of #{name} raised an exception: #{e.full_message(highlight: false)}")
      raise failure if failure

      result
    end

    # Makes a call and adds its result to the details.
    def observe(details)
      yield.tap { |result| add(details, result) }
    rescue Error => e
      add(details, e)
      raise
    end

    # @param result [Accepted, EventStatus, Error, nil]
    def add(details, result)
      return if result.nil?

      details.update(attempt_records: result.attempt_records, request_id: result.request_id)
      case result
      when Accepted then details.update(**result.to_h.slice(:event_id, :replayed, :idempotency_key, :attempts),
                                        outcome: :delivered)
      when Error
        details.update(attempts: result.attempts, http_status: result.http_status, outcome: result.outcome)
        details[:idempotency_key] ||= result.idempotency_key
      end
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
