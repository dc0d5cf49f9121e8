# frozen_string_literal: true

module Hookrail
  # What an error says that the program makes itself, as in `raise Hookrail::ConflictError`: the same as the library's
  # own errors of its class.
  # @api private
  module ErrorDefaults
    ANSWERED = { outcome: :rejected, attempts: 1 }.freeze
    FAILED = { attempts: 1, retryable: true }.freeze
    NOT_SENT = { outcome: :not_sent }.freeze
    private_constant :ANSWERED, :FAILED, :NOT_SENT

    ALL = {
      BadRequestError => { **ANSWERED, http_status: 400 },
      AuthenticationError => { **ANSWERED, http_status: 401 },
      PermissionDeniedError => { **ANSWERED, http_status: 403 },
      NotFoundError => { **ANSWERED, http_status: 404 },
      ConflictError => { **ANSWERED, http_status: 409 },
      PayloadTooLargeError => { **ANSWERED, http_status: 413 },
      RateLimitedError => { **ANSWERED, http_status: 429, retryable: true },
      UnexpectedStatusError => { **ANSWERED, http_status: 302 },
      ServerError => { **FAILED, http_status: 503, outcome: :maybe_sent },
      ConnectionError => { **FAILED, outcome: :not_sent, message: "cannot connect to the service: Connection refused" },
      TimeoutError => { **FAILED, outcome: :maybe_sent, message: "the time for the whole call ran out" },
      TLSError => { **NOT_SENT, attempts: 1, message: "TLS: the handshake failed" },
      ProtocolError => { **FAILED, outcome: :maybe_sent, message: "the answer is not a valid HTTP response" },
      OutOfResourcesError => { **FAILED, outcome: :not_sent, message: "the process may open no more descriptors" },
      RetriesExhaustedError => { attempts: 4, retryable: true },
      QueueFullError => { **NOT_SENT, retryable: true, message: "the queue is full" },
      ClosedError => { **NOT_SENT, message: "the client is closed" },
      CancelledError => { attempts: 1, outcome: :maybe_sent, message: "the call was cancelled" },
      DamagedBlobError => { **NOT_SENT, message: "this is no intact prepared event" }
    }.freeze

    # The members of an error that its last attempt decides.
    OF_LAST_ATTEMPT = %i[http_status retry_after problem body outcome].freeze
    # The defaults by class, also of classes that have those of their parents.
    BY_CLASS = Hash.new do |known, error_class|
      known[error_class] = ALL[error_class.ancestors.find { |one| ALL.key?(one) }] || {}
    end
    private_constant :OF_LAST_ATTEMPT, :BY_CLASS

    # @param error_class [Class]
    # @param given [Hash{Symbol => Object}] the members that the program gives
    # @return [Hash{Symbol => Object}] all members
    def self.complete(error_class, message, given)
      own = BY_CLASS[error_class]
      members = { **own, **given }
      members[:message] = message || own[:message]
      members = exhausted(members) if error_class <= RetriesExhaustedError
      members[:problem] = problem(members[:problem])
      members[:retry_after] = members[:retry_after]&.to_f
      members[:message] ||= answer(members)
      members
    end

    def self.exhausted(members)
      cause = members[:cause] || ServerError.new
      attempts = members[:attempts]
      { cause:, **OF_LAST_ATTEMPT.to_h { |name| [name, cause.public_send(name)] }, **members,
        message: members[:message] || "gave up after #{attempts} attempts (all retries were made); " \
                                      "the last error: #{cause.message}" }
    end

    def self.problem(given)
      given.is_a?(Hash) ? Problem.new(type: nil, title: nil, detail: nil, **given) : given
    end

    def self.answer(members)
      return unless members[:http_status]

      said = members[:problem]&.then { |problem| problem.detail || problem.title }
      ["the service answered #{members[:http_status]}", said].compact.join(": ")
    end
    private_class_method :exhausted, :problem, :answer
  end
end
