# frozen_string_literal: true

require_relative "value"

module Hookrail
  # One attempt of a call, as the library saw it. Times are seconds.
  #
  # The last 16 of a call are in {Accepted#attempt_records}, {Error#attempt_records} and {EventStatus#attempt_records}.
  #
  # @example Log how long each attempt took
  #   accepted.attempt_records.each { |one| logger.info("attempt #{one.number}: #{one.status}, #{one.duration} s") }
  #
  # @!attribute [r] number
  #   @return [Integer] the first attempt of a call has 1
  # @!attribute [r] status
  #   @return [Symbol, nil] `:ok`, or why it failed, as {Error#status}; nil if this version does not know the status
  # @!attribute [r] http_status
  #   @return [Integer, nil] nil if there was no answer
  # @!attribute [r] message
  #   @return [String, nil] the message of its error, cut off at 500 characters; nil if it succeeded
  # @!attribute [r] request_id
  #   @return [String, nil] the id that the service, or a gateway before it, gave the request
  # @!attribute [r] new_connection
  #   @return [Boolean] whether a connection was opened for it
  # @!attribute [r] started_at
  #   @return [Time] by the wall clock
  # @!attribute [r] since_start
  #   @return [Float] from the start of the call to its start; for a submitted event from the submit
  # @!attribute [r] duration
  #   @return [Float] from its start to its end
  # @!attribute [r] lookup
  #   @return [Float] for looking the host name up; 0.0 if that was not needed
  # @!attribute [r] connect
  #   @return [Float] for connecting, including a proxy's reply; 0.0 if that was not needed
  # @!attribute [r] tls
  #   @return [Float] for the TLS handshake; 0.0 if there was none
  # @!attribute [r] waiting
  #   @return [Float] from the end of the request to the first byte of the answer, or to the end
  # @!attribute [r] bytes_sent
  #   @return [Integer] without those of TLS
  # @!attribute [r] bytes_received
  #   @return [Integer] without those of TLS
  class AttemptRecord < Value
    holds :number, :status, :http_status, :message, :request_id, :new_connection, :started_at, :since_start, :duration,
          :lookup, :connect, :tls, :waiting, :bytes_sent, :bytes_received

    alias new_connection? new_connection

    # @return [Boolean] whether it succeeded
    def ok?
      status == :ok
    end
  end
end
