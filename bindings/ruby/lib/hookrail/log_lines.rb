# frozen_string_literal: true

module Hookrail
  # Writes the lines of a client's log: a success at the level debug, a failed attempt that was repeated at warn, and a
  # failure at error, or at warn if the caller has the exception and can make the same call again. They have the topic
  # and the key, and no payload and no header.
  # @api private
  class LogLines
    # @param logger [Logger]
    def initialize(logger)
      @logger = logger
    end

    # @param details [Hash{Symbol => Object}] those of the call or submission
    # @param error [Error, nil]
    # @param seconds [Float] how long it took
    def result(details, error, seconds)
      records = details.fetch(:attempt_records, [])
      # The message of the error tells of the last attempt.
      repeated(details, error ? records[0...-1] : records)
      error ? failure(details, error, seconds) : success(details, seconds)
    end

    private

    def success(details, seconds)
      @logger.debug { line(details, "#{subject(details)} succeeded after #{seconds.round(3)} s", details[:event_id]) }
    end

    def failure(details, error, seconds)
      @logger.public_send(level(details, error)) do
        known = ", #{error.outcome}" if error.outcome
        line(details, "#{subject(details)} failed after #{seconds.round(3)} s#{known}: #{error.message}")
      end
    end

    def level(details, error)
      error.retryable? && !details.key?(:submission) ? :warn : :error
    end

    def repeated(details, records)
      records.reject(&:ok?).each do |one|
        @logger.warn do
          line(details, "attempt #{one.number} of #{subject(details)} failed after #{one.duration.round(3)} s and is " \
                        "repeated: #{one.message}")
        end
      end
    end

    def subject(details)
      return "sending #{details[:topic].inspect}" if details.key?(:topic)

      "asking for the status of #{details[:event_id].inspect}"
    end

    def line(details, text, event_id = nil)
      key = details[:idempotency_key]
      ["hookrail: #{text}", *("event #{event_id}" if event_id && key), *("key #{key}" if key)].join(", ")
    end
  end
end
