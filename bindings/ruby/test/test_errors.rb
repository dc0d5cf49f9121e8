# frozen_string_literal: true

require_relative "helper"

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

  def test_ruby_itself_knows_the_cause
    error = assert_raises(Hookrail::RetriesExhaustedError) { refused_client.send_event("a", {}) }
    assert_match(/Hookrail::ConnectionError/, error.full_message(highlight: false))
    assert_equal :not_sent, error.outcome
  end

  def test_an_error_in_a_rescue_keeps_what_came_before
    error = assert_raises(Hookrail::InvalidArgumentError) do
      raise "first"
    rescue RuntimeError
      client.send_event("", {})
    end
    assert_equal "first", error.cause.message
  end

  def test_the_last_error_is_not_one_that_was_being_rescued
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

  def test_an_answer_that_is_not_json_is_kept_as_it_came
    server.faults({ status: 404, content_type: "text/html", body: "<h1>\u00e9</h1>" })
    error = assert_raises(Hookrail::NotFoundError) { client.send_event("a", {}) }
    assert_nil error.problem
    assert_equal "<h1>\u00e9</h1>".b, error.body
  end

  def test_a_success_that_is_none_may_have_been_sent
    server.faults({ status: 202, content_type: "text/html", body: "ok", record: true })
    error = assert_raises(Hookrail::Error) { client(max_retries: 0).send_event("a", {}) }
    assert_equal :maybe_sent, error.outcome
  end

  def test_bad_arguments_name_what_is_wrong_and_are_not_sent
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
    header = File.read(File.join(PROJECT_ROOT, "include/hookrail.h"))
    statuses = header[/typedef enum hookrail_status \{.*?\} hookrail_status;/m].scan(/HOOKRAIL_(\w+) = (\d+)/)
    known = statuses.to_h { |name, code| [code.to_i, name.downcase.to_sym] }
    assert_operator known.size, :>, 30
    known.delete(0)
    assert_equal(known, known.to_h { |code, _| [code, Hookrail::Statuses.name_for(code)] })
    known.each_key { |code| assert_operator Hookrail::Statuses.class_for(code), :<, Hookrail::Error }
  end

  def test_a_status_of_a_later_library_is_taken_by_its_family
    { 199 => Hookrail::Error, 299 => Hookrail::ConnectionError, 451 => Hookrail::APIError, 599 => Hookrail::ServerError,
      799 => Hookrail::SignatureError }.each do |code, error_class|
      assert_equal error_class, Hookrail::Statuses.class_for(code)
    end
  end

  private

  def refused_client
    port = TCPServer.open("127.0.0.1", 0) { |listener| listener.addr[1] }
    Hookrail::Client.new(api_key: API_KEY, base_url: "http://127.0.0.1:#{port}", max_retries: 1, backoff: 0.001)
  end

  def nested(depth)
    Array.new(depth).inject([]) { |inner, _| [inner] }
  end
end
