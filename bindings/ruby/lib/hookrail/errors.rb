# frozen_string_literal: true

# Every error of this library is a Hookrail::Error.
module Hookrail
  # The base class of all errors that this library raises.
  class Error < StandardError
    # @return [Integer, nil] the number of the status in the C ABI
    attr_reader :code

    # @return [Integer, nil] the HTTP status of the service's last answer
    attr_reader :http_status

    # @return [Float, nil] how many seconds the service asked to wait
    attr_reader :retry_after

    # @return [Problem, nil] the service's problem details
    attr_reader :problem

    # @return [String, nil] the body of the service's last answer, cut off at 64 KiB
    attr_reader :body

    # @return [Integer] how many attempts were made
    attr_reader :attempts

    # @return [String, nil] the key under which the event was, or would have been, sent; sending the
    #   same event again with this key cannot duplicate it
    attr_reader :idempotency_key

    # @return [String, nil] the id that the service, or a gateway before it, gave the last request
    attr_reader :request_id

    # @return [Symbol, nil] what is known about the event that was being sent: `:not_sent`,
    #   `:rejected` or `:maybe_sent`; nil if no event was being sent
    attr_reader :outcome

    # The members that {#initialize} takes.
    MEMBERS = %i[http_status retry_after problem body attempts idempotency_key outcome retryable cause code
                 attempt_records request_id].freeze
    private_constant :MEMBERS

    # Makes an error for a test. What is not given is as in the library's own errors of this class:
    # `raise Hookrail::ConflictError` raises one with the HTTP status 409 and the outcome `:rejected`.
    #
    # @example
    #   Hookrail::RateLimitedError.new(retry_after: 2.0, problem: { title: "rate limited" })
    #
    # @example An error after all retries
    #   Hookrail::RetriesExhaustedError.new(cause: Hookrail::RateLimitedError.new(retry_after: 2.0))
    #
    # @param message [String, nil]
    # @param members [Hash] the members of the error that differ from the usual ones
    # @option members [Integer] :http_status
    # @option members [Float] :retry_after
    # @option members [Problem, Hash{Symbol => String}] :problem a Hash may have `type`, `title` and `detail`
    # @option members [String] :body
    # @option members [Integer] :attempts
    # @option members [String] :idempotency_key
    # @option members [Symbol] :outcome
    # @option members [Boolean] :retryable
    # @option members [Error] :cause the error of the last attempt; for a {RetriesExhaustedError} a {ServerError} by
    #   default
    # @option members [Integer] :code
    # @option members [Array<AttemptRecord>] :attempt_records
    # @option members [String] :request_id
    # @raise [ArgumentError] there is no such member
    def initialize(message = nil, **members)
      unknown = members.keys - MEMBERS
      raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" unless unknown.empty?

      all = ErrorDefaults.complete(self.class, message, members)
      super(all[:message])
      @code = all.fetch(:code) { Statuses.code_for(self.class) }
      @http_status, @retry_after, @problem, @body, @idempotency_key, @outcome, @request_id =
        all.values_at(:http_status, :retry_after, :problem, :body, :idempotency_key, :outcome, :request_id)
      @attempt_records = all.fetch(:attempt_records, [])
      @retryable = all.fetch(:retryable, false)
      @attempts = all.fetch(:attempts, 0)
      @underlying = all[:cause]
    end

    # @return [Symbol, nil] the status, for example `:rate_limited`; the names are the same in every language
    def status
      Statuses.name_for(@code)
    end

    # @return [Array<AttemptRecord>] the last 16 attempts of the call, the oldest first; the causes of this error have
    #   none
    def attempt_records
      @attempt_records.to_a
    end

    # @return [Boolean] whether the same call can succeed later without a change
    def retryable?
      @retryable
    end

    # @return [Exception, nil] the cause: for {RetriesExhaustedError} the error of the last attempt
    def cause
      @underlying || super
    end

    # Returns the error of the last attempt, both for a final error and after the retries ran out:
    # `case e.last_error when Hookrail::RateLimitedError`. It ignores causes that Ruby adds by itself because
    # another error was being rescued.
    #
    # @return [Error] the innermost cause that the library set, or this error itself if it has none
    def last_error
      @underlying ? @underlying.last_error : self
    end

    # Returns a copy with other values of some readers.
    #
    # @api private
    def with(**values)
      dup.tap { |copy| values.each { |name, value| copy.instance_variable_set(:"@#{name}", value) } }
    end
  end

  # The native library cannot be loaded; the message lists the tried paths and the remedy.
  class LibraryLoadError < Error; end

  # An argument is not acceptable; nothing was done.
  class InvalidArgumentError < Error; end

  # The client cannot be set up as asked: API key, base URL, proxy, certificates, limits.
  class ConfigurationError < Error; end

  # The client was closed.
  class ClosedError < Error; end

  # The object belongs to the parent of this process.
  class ForkedError < Error; end

  # The producer's queue is at its limit.
  class QueueFullError < Error; end

  # A signal or a wake-up ended a wait.
  class InterruptedError < Error; end

  # The submission was cancelled.
  class CancelledError < Error; end

  # A received body is larger than the limit set for it.
  class BodyTooLargeError < Error; end

  # A prepared event is damaged or of an unknown version.
  class DamagedBlobError < Error; end

  # The process may make no more threads, descriptors or sockets; the message names the missing resource.
  class OutOfResourcesError < Error; end

  # A received body is shorter than its Content-Length, or something else has read it before: its signature can
  # then not be judged.
  class BodyIncompleteError < Error; end

  # No usable connection: refused, reset, closed early, name not found.
  class ConnectionError < Error; end

  # A timeout or the budget of the call ran out.
  class TimeoutError < ConnectionError; end

  # The TLS handshake failed.
  class TLSError < ConnectionError; end

  # The answer was not HTTP, or does not follow the protocol.
  class ProtocolError < Error; end

  # The service answered with an error; the subclasses say which.
  class APIError < Error; end

  # HTTP 400.
  class BadRequestError < APIError; end

  # HTTP 401: the producer key is missing, unknown or revoked. If the client had a success with the key in this
  # process, the service's database may be unavailable instead: then {Error#retryable?} is true.
  class AuthenticationError < APIError; end

  # HTTP 403: the topic is outside the key's scopes.
  class PermissionDeniedError < APIError; end

  # HTTP 404: there is no such event.
  class NotFoundError < APIError; end

  # HTTP 409: the idempotency key was used with other bytes.
  class ConflictError < APIError; end

  # HTTP 413, or a payload over the client's own limit.
  class PayloadTooLargeError < APIError; end

  # HTTP 429; see {Error#retry_after}. Without an HTTP status nothing was sent: under the service's limit the
  # call would have had to wait longer than its timeout.
  class RateLimitedError < APIError; end

  # Any other final HTTP status, redirects included.
  class UnexpectedStatusError < APIError; end

  # HTTP 5xx.
  class ServerError < APIError; end

  # The retries ran out; {Error#last_error} is the error of the last attempt.
  class RetriesExhaustedError < Error; end

  # A delivery does not verify. Answer all kinds alike: the sender must not learn the details.
  class SignatureError < Error; end

  # The signature header or the delivery id does not have the required form.
  class SignatureMalformedError < SignatureError; end

  # The signature is older than the tolerance allows.
  class TimestampTooOldError < SignatureError; end

  # The signature is further in the future than the tolerance allows.
  class TimestampTooNewError < SignatureError; end

  # No secret matches any candidate signature.
  class SignatureMismatchError < SignatureError; end

  # The request carries no signature header or no delivery id.
  class SignatureMissingError < SignatureError; end

  # A defect of the library was caught. Please report it.
  class InternalError < Error; end
end

require_relative "statuses"
require_relative "error_defaults"
