# frozen_string_literal: true

module Hookrail
  # The statuses of the C ABI, with their names and error classes.
  # @api private
  module Statuses
    # The names are the same in every language.
    ALL = {
      100 => [:invalid_argument, InvalidArgumentError],
      101 => [:configuration, ConfigurationError],
      102 => [:closed, ClosedError],
      103 => [:forked, ForkedError],
      104 => [:queue_full, QueueFullError],
      105 => [:interrupted, InterruptedError],
      106 => [:cancelled, CancelledError],
      107 => [:buffer_too_small, InternalError],
      108 => [:body_too_large, BodyTooLargeError],
      109 => [:damaged_blob, DamagedBlobError],
      110 => [:out_of_resources, OutOfResourcesError],
      111 => [:body_incomplete, BodyIncompleteError],
      200 => [:connection, ConnectionError],
      201 => [:timeout, TimeoutError],
      202 => [:tls, TLSError],
      203 => [:protocol, ProtocolError],
      400 => [:bad_request, BadRequestError],
      401 => [:authentication, AuthenticationError],
      403 => [:permission_denied, PermissionDeniedError],
      404 => [:not_found, NotFoundError],
      409 => [:conflict, ConflictError],
      413 => [:payload_too_large, PayloadTooLargeError],
      429 => [:rate_limited, RateLimitedError],
      499 => [:unexpected_status, UnexpectedStatusError],
      500 => [:server_error, ServerError],
      600 => [:retries_exhausted, RetriesExhaustedError],
      700 => [:signature_malformed, SignatureMalformedError],
      701 => [:timestamp_too_old, TimestampTooOldError],
      702 => [:timestamp_too_new, TimestampTooNewError],
      703 => [:signature_mismatch, SignatureMismatchError],
      704 => [:signature_missing, SignatureMissingError],
      900 => [:internal, InternalError]
    }.freeze

    # The classes of unknown statuses of later libraries, by their hundreds.
    FAMILIES = { 2 => ConnectionError, 4 => APIError, 5 => ServerError, 7 => SignatureError }.freeze

    CODES = ALL.to_h { |code, (_, error_class)| [error_class, code] }.merge(InternalError => 900).freeze
    private_constant :FAMILIES, :CODES

    # @return [Class] for statuses of later libraries, too
    def self.class_for(code)
      ALL.fetch(code) { [nil, FAMILIES.fetch(code / 100, Error)] }.last
    end

    # @return [Symbol, nil]
    def self.name_for(code)
      ALL.fetch(code, []).first
    end

    # @return [Integer, nil] nil for a class that stands for several statuses
    def self.code_for(error_class)
      CODES[error_class]
    end
  end
end
