# frozen_string_literal: true

require_relative "helper"

# A program's tests can make each error, and it says what the library's own errors say.
class TestErrorConstructors < HookrailTest
  READERS = %i[status code http_status outcome attempts].freeze
  ANSWERS = [400, 401, 403, 404, 409, 413, 302].freeze
  RETRIED = { { status: 429 } => Hookrail::RateLimitedError, { status: 503 } => Hookrail::ServerError,
              { garbage: "SMTP" } => Hookrail::ProtocolError,
              { never_answer: true } => Hookrail::TimeoutError }.freeze

  def members(error)
    [error.class, error.retryable?, *READERS.map { |name| error.public_send(name) }]
  end

  def failure(used = client, topic = "a", payload = {})
    used.send_event(topic, payload)
  rescue Hookrail::Error => e
    e
  end

  ANSWERS.each do |status|
    define_method("test_the_defaults_are_those_of_an_answer_#{status}") do
      server.faults({ status: })
      own = failure
      assert_equal members(own), members(own.class.new)
      assert_equal own.message[/\A[^:;]*/], own.class.new.message
    end
  end

  RETRIED.each do |fault, error_class|
    define_method("test_the_defaults_are_those_of_exhausted_retries_by_#{fault.keys.first}_#{fault.values.first}") do
      server.faults({ **fault, times: "always" })
      own = failure(client(max_retries: 3, backoff: 0.001, read_timeout: fault.key?(:never_answer) ? 0.1 : NEVER))
      made = Hookrail::RetriesExhaustedError.new(cause: error_class.new)
      assert_equal members(own), members(made)
      assert_equal [own.cause.class, own.cause.retryable?, own.cause.http_status],
                   [made.cause.class, made.cause.retryable?, made.cause.http_status]
      assert_equal own.message[/\A.*error: /], made.message[/\A.*error: /]
    end
  end

  def test_the_defaults_of_errors_without_an_answer
    used = client(queue_max_events: 1)
    server.faults({ never_answer: true, times: "always" })
    used.submit("a", {})
    full = assert_raises(Hookrail::QueueFullError) { used.submit("a", {}) }
    assert_equal members(full), members(Hookrail::QueueFullError.new)
    used.close(timeout: 0)
    closed = failure(used)
    assert_equal [members(closed), closed.message], [members(closed.class.new), closed.class.new.message]
    damaged = assert_raises(Hookrail::DamagedBlobError) { client.send_prepared("x") }
    assert_equal members(damaged), members(damaged.class.new)
    refused = failure(Hookrail::Client.new(api_key: "k", base_url: refusing_url, max_retries: 0))
    assert_equal members(refused), members(Hookrail::RetriesExhaustedError.new(cause: Hookrail::ConnectionError.new,
                                                                               attempts: 1))
  end

  def test_raise_takes_a_class_and_a_message
    error = assert_raises(Hookrail::ConflictError) { raise Hookrail::ConflictError }
    assert_equal [409, :rejected, false, 1, "the service answered 409"],
                 [error.http_status, error.outcome, error.retryable?, error.attempts, error.message]
    error = assert_raises(Hookrail::RateLimitedError) { raise Hookrail::RateLimitedError, "slow down" }
    assert_equal ["slow down", 429, true], [error.message, error.http_status, error.retryable?]
  end

  def test_every_member_can_be_given
    cause = Hookrail::ServerError.new
    error = Hookrail::RateLimitedError.new("no", http_status: 430, retry_after: 2, body: "{}", attempts: 7,
                                                 idempotency_key: "k", outcome: :maybe_sent, retryable: false, cause:,
                                                 problem: { title: "T", detail: "d" }, code: 451)
    assert_equal ["no", 430, 2.0, "{}", 7, "k", :maybe_sent, false, cause, cause, nil, 451],
                 [error.message, error.http_status, error.retry_after, error.body, error.attempts,
                  error.idempotency_key, error.outcome, error.retryable?, error.cause, error.last_error, error.status,
                  error.code]
    assert_instance_of Float, error.retry_after
    assert_equal Hookrail::Problem.new(type: nil, title: "T", detail: "d"), error.problem
    problem = Hookrail::Problem.new(type: "urn:x", title: nil, detail: nil)
    assert_same problem, Hookrail::ConflictError.new(problem:).problem
    assert_nil Hookrail::ConflictError.new(http_status: nil).http_status
  end

  def test_the_message_names_the_answer
    assert_equal "the service answered 409: other bytes",
                 Hookrail::ConflictError.new(problem: { title: "T", detail: "other bytes" }).message
    assert_equal "the service answered 403: T", Hookrail::PermissionDeniedError.new(problem: { title: "T" }).message
  end

  def test_exhausted_retries_have_the_members_of_the_last_attempt
    error = Hookrail::RetriesExhaustedError.new(cause: Hookrail::RateLimitedError.new(retry_after: 60), attempts: 2)
    assert_equal [429, 60.0, :rejected, 2], [error.http_status, error.retry_after, error.outcome, error.attempts]
    assert_instance_of Hookrail::RateLimitedError, error.last_error
    assert_instance_of Hookrail::ServerError, Hookrail::RetriesExhaustedError.new.last_error
  end

  def test_a_wrong_member_is_refused
    error = assert_raises(ArgumentError) { Hookrail::ConflictError.new(http: 409) }
    assert_match(/unknown keyword: :http/, error.message)
    assert_raises(ArgumentError) { Hookrail::ConflictError.new(problem: { text: "x" }) }
  end

  def test_every_class_can_be_made_and_a_class_of_ones_own_has_the_defaults_of_its_parent
    Hookrail::Statuses::ALL.each_value { |_, error_class| refute_empty error_class.new.message }
    own = Class.new(Hookrail::ConflictError)
    assert_equal 409, own.new.http_status
  end
end
