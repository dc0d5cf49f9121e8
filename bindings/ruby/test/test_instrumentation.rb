# frozen_string_literal: true

require_relative "helper"
require "active_support"
require "active_support/notifications"
require "logger"
require "stringio"

# The program sees what its client does: in its log, and as notifications of Active Support.
class TestInstrumentation < HookrailTest
  SECRETS = { api_key: API_KEY, payload: "p4yload", header: "h34der" }.freeze

  def setup
    @log = StringIO.new
    @found = Thread::Queue.new
  end

  def teardown
    ActiveSupport::Notifications.unsubscribe(@subscriber) if @subscriber
    super
  end

  def subscribe(name = /\.hookrail\z/, &block)
    @subscriber = ActiveSupport::Notifications.subscribe(name, &(block || ->(*event) { @found << event }))
  end

  def logger
    Logger.new(@log, formatter: ->(level, _, _, text) { "#{level} #{text}\n" })
  end

  def lines
    @log.string.lines.map(&:chomp)
  end

  def test_a_send_is_announced_with_its_result
    subscribe
    used = client
    accepted = used.send_event("order.paid", { secret: SECRETS[:payload] }, ordering_key: "o")
    name, started, finished, _, payload = @found.pop
    assert_equal "send_event.hookrail", name
    assert_operator finished, :>=, started
    assert_equal({ topic: "order.paid", idempotency_key: accepted.idempotency_key, ordering_key: "o", prepared: false,
                   event_id: accepted.event_id, replayed: false, attempts: 1, outcome: :delivered,
                   attempt_records: accepted.attempt_records, request_id: accepted.request_id }, payload)
    prepared = used.prepare_event("b", {}, idempotency_key: "k")
    used.send_prepared(prepared)
    assert_equal ["b", "k", true], @found.pop.last.values_at(:topic, :idempotency_key, :prepared)
    used.get_event(accepted.event_id)
    name, *, payload = @found.pop
    assert_equal ["get_event.hookrail", accepted.event_id, [200]],
                 [name, payload[:event_id], payload[:attempt_records].map(&:http_status)]
    assert_empty @found
  end

  # Active Support writes an object as its as_json. If it has none, it writes all objects that it holds.
  def test_a_payload_can_be_written_as_json
    payload = nil
    subscribe("finish_submission.hookrail") { |*event| payload = event.last }
    used = client(logger:)
    submission = used.submit("a", { a: SECRETS[:payload] }, idempotency_key: "k", tag: used)
    submission.wait
    used.close
    written = JSON.parse(JSON.generate(payload.slice(:submission, :tag).transform_values(&:as_json)))
    event_id = submission.value.event_id
    assert_equal({ "tag" => "#<Hookrail::Client>",
                   "submission" => { "topic" => "a", "idempotency_key" => "k", "ordering_key" => nil,
                                     "outcome" => "delivered", "event_id" => event_id, "error" => nil } }, written)
  end

  def test_a_failure_is_announced_as_rails_does
    subscribe
    server.faults({ status: 409 })
    error = assert_raises(Hookrail::ConflictError) { client.send_event("a", {}) }
    payload = @found.pop.last
    assert_equal [error.idempotency_key, :rejected, 409, 1, error.attempt_records],
                 payload.values_at(:idempotency_key, :outcome, :http_status, :attempts, :attempt_records)
    assert_equal ["Hookrail::ConflictError", error.message], payload[:exception]
    assert_same error, payload[:exception_object]
  end

  def test_finished_submissions_are_announced_without_any_further_call
    subscribe("finish_submission.hookrail")
    server.faults({}, { status: 409 })
    used = client(workers: 1)
    good = used.submit("a", {}, tag: 1)
    assert_equal [good, "a", good.idempotency_key, 1, :delivered],
                 @found.pop.last.values_at(:submission, :topic, :idempotency_key, :tag, :outcome)
    bad = used.submit("b", {}, tag: 2)
    payload = @found.pop.last
    assert_equal [bad, :rejected, bad.error], payload.values_at(:submission, :outcome, :exception_object)
    assert_equal [409], payload[:attempt_records].map(&:http_status)
    assert_operator payload[:total_time], :>=, payload[:queued_time]
    used.submit("c", {})
    used.close
    assert_equal 1, @found.size
  end

  def test_an_exception_of_a_subscriber_does_not_replace_the_result
    subscribe("send_event.hookrail") { |*| raise "no database" }
    used = client(logger:)
    assert_equal 1, used.send_event("a", {}).attempts
    assert_match(/ERROR hookrail: a subscriber of send_event.hookrail raised an exception: .*no database/, lines.first)
    assert_raises(Hookrail::InvalidArgumentError) { used.send_event("", {}) }
    _, errors = capture_io { client.send_event("a", {}) }
    assert_match(/no database/, errors)
  end

  def test_without_a_subscriber_nothing_is_announced_and_no_thread_runs
    subscribe("other.hookrail")
    before = Thread.list.size
    used = client
    used.submit("a", {}).value
    assert_equal before, Thread.list.size
    assert_empty @found
  end

  def test_the_log_has_a_line_for_each_success_retry_and_failure
    server.faults({ status: 503 }, {}, { status: 409 })
    used = client(logger:, backoff: 0.001)
    accepted = used.send_event("order.paid", {}, idempotency_key: "k")
    assert_raises(Hookrail::ConflictError) { used.send_event("b", {}, idempotency_key: "l") }
    assert_raises(Hookrail::NotFoundError) { used.get_event("none") }
    used.get_event(accepted.event_id)
    expected = [
      /\AWARN hookrail: attempt 1 of sending "order.paid" failed after [\d.]+ s and is repeated: .* 503.*, key k\z/,
      /\ADEBUG hookrail: sending "order.paid" succeeded after [\d.]+ s, event #{accepted.event_id}, key k\z/,
      /\AERROR hookrail: sending "b" failed after [\d.]+ s, rejected: .*answered 409.*, key l\z/,
      /\AERROR hookrail: asking for the status of "none" failed after [\d.]+ s: .*answered 404/,
      /\ADEBUG hookrail: asking for the status of "#{accepted.event_id}" succeeded after [\d.]+ s\z/
    ]
    assert_equal expected.size, lines.size, lines.join("\n")
    expected.zip(lines) { |pattern, line| assert_match pattern, line }
  end

  def test_the_log_tells_of_submissions
    server.faults({ match: { topic: "a" }, status: 503 }, { match: { topic: "b" }, status: 409 })
    failed = Thread::Queue.new
    used = client(logger:, workers: 1, backoff: 0.001, on_error: ->(one) { failed << one })
    used.submit("a", {}, idempotency_key: "k")
    used.submit("b", {}, idempotency_key: "l")
    used.close
    assert_equal "b", failed.pop.topic
    assert_equal(%w[DEBUG ERROR WARN], lines.map { |line| line[/\A\w+/] }.sort)
    assert_match(/attempt 1 of sending "a" .* repeated: .*503.*, key k$/, @log.string)
    assert_match(/sending "b" failed .*409.*, key l$/, @log.string)
  end

  def test_neither_log_nor_notifications_have_a_secret
    subscribe
    server.faults({ status: 500, body: SECRETS[:payload], content_type: "text/plain", times: "always" })
    used = client(logger:, max_retries: 1, backoff: 0.001, headers: { "x-a" => SECRETS[:header] })
    assert_raises(Hookrail::Error) { used.send_event("a", { a: SECRETS[:payload] }, headers: { b: SECRETS[:header] }) }
    used.submit("a", { a: SECRETS[:payload] }, timeout: 0.05).wait
    used.close
    texts = Array.new(@found.size) { @found.pop.last.except(:exception_object, :submission).inspect } << @log.string
    assert_operator texts.size, :>, 2
    SECRETS.each_value { |secret| texts.each { |text| refute_includes text, secret } }
  end

  def test_a_wrong_logger_is_refused
    error = assert_raises(Hookrail::InvalidArgumentError) { client(logger: $stdout) }
    assert_match(/logger must respond to debug, warn and error, not be a IO/, error.message)
  end

  def test_the_fake_client_is_instrumented_too
    subscribe("send_event.hookrail")
    used = Hookrail::Testing.fake_client(logger:).fail_next
    assert_raises(Hookrail::Error) { used.send_event("a", {}) }
    assert_equal 4, @found.pop.last[:attempt_records].size
    assert_equal %w[WARN WARN WARN WARN], (lines.map { |line| line[/\A\w+/] })
  end

  def test_a_submitted_event_that_is_given_up_is_an_error
    used = Hookrail::Testing.fake_client(logger:).fail_next
    assert_predicate used.submit("a", {}).wait.error, :retryable?
    used.close
    assert_match(/\AERROR hookrail: sending "a" failed/, lines.last)
  end
end
