# frozen_string_literal: true

require_relative "helper"
require_relative "support/c_header"

class TestErrors < HookrailTest
  ANSWERS = {
    400 => Hookrail::BadRequestError, 401 => Hookrail::AuthenticationError, 403 => Hookrail::PermissionDeniedError,
    404 => Hookrail::NotFoundError, 409 => Hookrail::ConflictError, 413 => Hookrail::PayloadTooLargeError,
    418 => Hookrail::UnexpectedStatusError, 302 => Hookrail::UnexpectedStatusError
  }.freeze

  RETRIED = {
    { status: 429, headers: { "Retry-After" => "0" } } => [Hookrail::RateLimitedError, :rejected, 429],
    { status: 500 } => [Hookrail::ServerError, :maybe_sent, 500],
    { status: 503 } => [Hookrail::ServerError, :maybe_sent, 503],
    { status: 408 } => [Hookrail::UnexpectedStatusError, :rejected, 408],
    { reset: "after_recording" } => [Hookrail::ConnectionError, :maybe_sent, nil],
    { garbage: "SMTP ready" } => [Hookrail::ProtocolError, :maybe_sent, nil],
    { never_answer: true } => [Hookrail::TimeoutError, :maybe_sent, nil]
  }.freeze

  ANSWERS.each do |status, error_class|
    define_method("test_status_#{status}") do
      server.faults({ status:, content_type: "application/problem+json",
                      body: { type: "urn:x", title: "No", detail: "because", more: 1 } })
      error = assert_raises(error_class) { client.send_event("a", {}, idempotency_key: "k") }
      assert_equal [status, :rejected, "k", 1, false],
                   [error.http_status, error.outcome, error.idempotency_key, error.attempts, error.retryable?]
      assert_equal ["urn:x", "No", "because"], error.problem.to_h.values
      assert_equal 1, JSON.parse(error.body).fetch("more")
      assert_kind_of Hookrail::APIError, error
      assert_same error, error.last_error
    end
  end

  RETRIED.each do |fault, (error_class, outcome, status)|
    define_method("test_exhausted_by_#{fault.to_a.first.join("_")}") do
      server.faults({ **fault, times: "always" })
      used = client(max_retries: 1, backoff: 0.001, read_timeout: fault[:never_answer] ? 0.2 : NEVER)
      error = assert_raises(Hookrail::RetriesExhaustedError) { used.send_event("a", {}, idempotency_key: "k") }
      assert_equal [2, "k", :retries_exhausted, 600],
                   [error.attempts, error.idempotency_key, error.status, error.code]
      assert_instance_of error_class, error.cause
      assert_same error.cause, error.last_error
      assert_equal outcome, error.outcome
      status ? assert_equal(status, error.cause.http_status) : assert_nil(error.cause.http_status)
      assert_predicate error, :retryable?
    end
  end

  def test_ruby_shows_the_cause
    error = assert_raises(Hookrail::RetriesExhaustedError) { refused_client.send_event("a", {}) }
    assert_match(/Hookrail::ConnectionError/, error.full_message(highlight: false))
    assert_equal :not_sent, error.outcome
  end

  def test_an_error_in_a_rescue_keeps_the_rescued_error_as_cause
    error = assert_raises(Hookrail::InvalidArgumentError) do
      raise "first"
    rescue RuntimeError
      client.send_event("", {})
    end
    assert_equal "first", error.cause.message
  end

  def test_the_last_error_is_never_a_rescued_error
    server.faults({ status: 429, times: "always" })
    error = assert_raises(Hookrail::InvalidArgumentError) do
      client(max_retries: 0).send_event("a", {})
    rescue Hookrail::Error
      client.send_event("", {})
    end
    assert_instance_of Hookrail::RetriesExhaustedError, error.cause
    assert_same error, error.last_error
  end

  def test_retry_after_is_in_seconds
    server.faults({ status: 429, headers: { "Retry-After" => "60" } })
    error = assert_raises(Hookrail::RetriesExhaustedError) { client(timeout: 20).send_event("a", {}) }
    assert_in_delta 60.0, error.cause.retry_after
    assert_instance_of Float, error.cause.retry_after
  end

  def test_an_answer_that_is_not_json_is_kept_unchanged
    server.faults({ status: 404, content_type: "text/html", body: "<h1>\u00e9</h1>" })
    error = assert_raises(Hookrail::NotFoundError) { client.send_event("a", {}) }
    assert_nil error.problem
    assert_equal "<h1>\u00e9</h1>".b, error.body
  end

  def test_an_invalid_success_is_maybe_sent
    server.faults({ status: 202, content_type: "text/html", body: "ok", record: true })
    error = assert_raises(Hookrail::Error) { client(max_retries: 0).send_event("a", {}) }
    assert_equal :maybe_sent, error.outcome
  end

  def test_errors_of_arguments_name_the_mistake_and_nothing_is_sent
    {
      ["", {}] => /topic/, [nil, {}] => /topic must be a String, not nil/, [:a, {}] => /topic must be a String/,
      ["a" * 257, {}] => /topic/, ["\xff".b, {}] => /UTF-8/, ["a", nil] => /payload must be a Hash/,
      ["a", 5] => /payload must be a Hash/, ["a", "{"] => /JSON/, ["a", "{} {}"] => /JSON/, ["a", ""] => /JSON/,
      ["a", [Float::NAN]] => /NaN/, ["a", { a: "\xff" }] => /payload/, ["a", "\"\xff\""] => /UTF-8/,
      ["a", { a: nested(200) }] => /nest/i
    }.each do |arguments, message|
      error = assert_raises(Hookrail::InvalidArgumentError, arguments.inspect) { client.send_event(*arguments) }
      assert_match message, error.message
    end
    assert_equal 0, server.summary["requests"]
  end

  def test_keys_are_checked
    ["", " a", "a ", "é", "a\n", 5].each do |key|
      %i[idempotency_key ordering_key].each do |name|
        assert_raises(Hookrail::InvalidArgumentError) { client.send_event("a", {}, name => key) }
      end
    end
  end

  def test_a_payload_over_the_limit_is_not_sent
    error = assert_raises(Hookrail::PayloadTooLargeError) { client.send_event("a", JSON.generate("x" * 262_144)) }
    assert_equal [nil, :not_sent], [error.http_status, error.outcome]
  end

  def test_every_class_has_the_status_that_the_library_gives_it
    known = CHeader.enum("hookrail_status").to_h { |name, code| [code, name] }
    assert_operator known.size, :>, 30
    assert_equal :ok, known.delete(0)
    assert_equal(known, Hookrail::Statuses::ALL.transform_values(&:first))
    known.each_key { |code| assert_operator Hookrail::Statuses.class_for(code), :<, Hookrail::Error }
  end

  def test_an_unknown_status_gets_the_class_of_its_family
    { 199 => Hookrail::Error, 299 => Hookrail::ConnectionError, 451 => Hookrail::APIError, 599 => Hookrail::ServerError,
      799 => Hookrail::SignatureError }.each do |code, error_class|
      assert_equal error_class, Hookrail::Statuses.class_for(code)
    end
  end

  private

  def refused_client
    Hookrail::Client.new(api_key: API_KEY, base_url: refusing_url, max_retries: 1, backoff: 0.001)
  end

  def nested(depth)
    Array.new(depth).inject([]) { |inner, _| [inner] }
  end
end
