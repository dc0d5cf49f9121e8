# frozen_string_literal: true

require_relative "helper"
require "async"

# The fake client behaves as a real one, and sends nothing.
class TestFakeClient < HookrailTest
  def fake(...)
    Hookrail::Testing.fake_client(...)
  end

  # @return [Array] what a call with wrong arguments raises
  def refusal(used)
    [:returned, yield(used)]
  rescue StandardError => e
    key = e.idempotency_key if e.is_a?(Hookrail::Error)
    [e.class, e.message, *([e.outcome, e.retryable?, e.attempts] if e.is_a?(Hookrail::Error)), key.nil? || key.size]
  end

  PAYLOADS = ["{", "", 5, nil, Object.new, [Float::NAN], { a: Time.at(0) }, "\"\\u0000\"", "[1e131072]",
              JSON.generate("x" * 262_144), "\"\\ud800\"", "#{"[" * 513}#{"]" * 513}"].freeze

  WRONG = {
    topic: [->(c, call) { c.public_send(call, "", {}) }, ->(c, call) { c.public_send(call, nil, {}) },
            ->(c, call) { c.public_send(call, "a" * 257, {}) }, ->(c, call) { c.public_send(call, "\xff".b, {}) }],
    payload: PAYLOADS.map { |payload| ->(c, call) { c.public_send(call, "a", payload) } },
    keys: ["", " a", "\u00e9", "a" * 300, 5].flat_map do |key|
      %i[idempotency_key ordering_key].map { |name| ->(c, call) { c.public_send(call, "a", {}, name => key) } }
    end,
    contradiction: [->(c, call) { c.public_send(call, "a", { ordering_key: "x" }, ordering_key: "y") }]
  }.freeze

  def test_it_refuses_the_same_events_as_a_real_client
    real = client
    imitated = fake
    WRONG.each do |name, calls|
      calls.product(%i[send_event submit prepare_event]).each_with_index do |(wrong, call), index|
        expected = refusal(real) { |used| wrong.call(used, call) }
        refute_equal :returned, expected.first, "#{name} #{index}" unless name == :contradiction
        assert_equal expected, refusal(imitated) { |used| wrong.call(used, call) }, "#{name} #{index}" \
          unless expected.first == :returned
      end
    end
    assert_empty imitated.events
  end

  def test_it_refuses_the_same_calls_as_a_real_client
    real = client
    blob = real.prepare_event("a", {}).blob
    [->(c) { c.send_prepared("x") }, ->(c) { c.submit_prepared("x") }, ->(c) { c.send_prepared(blob, timeout: -1) },
     ->(c) { c.submit_prepared(blob, timeout: 0) }, ->(c) { c.send_prepared(5) }, ->(c) { c.get_event("") },
     ->(c) { c.get_event("..") }, ->(c) { c.get_event("x" * 1000) }, ->(c) { c.get_event(5) },
     ->(c) { c.get_event("a", timeout: "1") }, ->(c) { c.send_event("a", {}, timeout: 0) },
     ->(c) { c.submit("a", {}, wait: -1) }, ->(c) { c.submit("a", {}, unknown: 1) }, ->(c) { c.flush(timeout: -1) },
     ->(c) { c.close(timeout: "x") }, ->(c) { c.completions.take(0) }, ->(c) { c.purge(unknown: true) }]
      .each_with_index do |wrong, index|
        expected = refusal(real, &wrong)
        refute_equal :returned, expected.first, index
        assert_equal expected, refusal(fake, &wrong), index
      end
    [{ workers: 0 }, { unknown: 1 }, { base_url: "ftp://x" }, { on_error: 5 }, { ca_pem: "x" }].each do |settings|
      expected = assert_raises(Hookrail::Error) { client(**settings) }
      found = assert_raises(Hookrail::Error) { fake(**settings) }
      assert_equal [expected.class, expected.message], [found.class, found.message]
    end
    assert_equal refusal(client(payload_limit: 5)) { |c| c.send_event("a", "[1,2,3]") },
                 refusal(fake(payload_limit: 5)) { |c| c.send_event("a", "[1,2,3]") }
  end

  def test_it_can_stand_wherever_a_client_is_expected
    used = fake
    assert_kind_of Hookrail::Client, used
    Hookrail::Client.public_instance_methods(false).each do |name|
      assert_equal Hookrail::Client.instance_method(name).parameters, used.method(name).parameters, name
    end
    result = Hookrail::Testing::FakeClient.new { |one| one.send_event("a", {}).event_id }
    assert_equal "01TEST00000000000000000001", result
    assert_equal client.stats.keys, used.stats.keys
  end

  def test_nothing_leaves_the_process
    used = fake(api_key: API_KEY, base_url: server.url)
    used.send_event("a", {})
    used.submit("a", {}).value
    used.send_prepared(used.prepare_event("a", {}))
    used.get_event(used.events[0].event_id)
    used.close
    assert_equal 0, server.summary["requests"]
  end

  def test_events_are_recorded_with_their_bytes
    used = fake
    accepted = used.send_event("\u00e9\"", "{\"b\": 1 , \"\u00e9\":2}", idempotency_key: "k", ordering_key: "o")
    event = used.events[0]
    assert_equal ["\u00e9\"", "{\"b\": 1 , \"\u00e9\":2}", "k", "o", {}, false, accepted.event_id, nil],
                 event.to_h.values
    assert_equal({ b: 1, "\u00e9": 2 }, event.payload(symbolize_names: true))
    used.submit("b", { n: 1 }).value
    used.send_prepared(used.prepare_event("c", [1], idempotency_key: "p").blob)
    used.submit_prepared(used.prepare_event("d", [1])).value
    assert_equal [["\u00e9\"", false], ["b", true], ["c", false], ["d", true]],
                 (used.events.map { |one| [one.topic, one.submitted?] })
    assert_equal "p", used.events[2].idempotency_key
  end

  def test_a_key_is_recorded_once
    [client, fake].each do |used|
      first, second = Array.new(2) { used.send_event("a", { n: 1 }, idempotency_key: "k") }
      assert_equal [first.event_id, false, true], [second.event_id, first.replayed?, second.replayed?]
      error = assert_raises(Hookrail::ConflictError) { used.send_event("a", { n: 2 }, idempotency_key: "k") }
      assert_equal ["k", :rejected, 409], [error.idempotency_key, error.outcome, error.http_status]
    end
  end

  # The same outage, once from a server and once from a script.
  OUTAGES = {
    { status: 429, headers: { "Retry-After" => "0" } } => Hookrail::RateLimitedError.new(retry_after: 0),
    { status: 503 } => Hookrail::ServerError, { status: 409 } => Hookrail::ConflictError,
    { status: 401 } => Hookrail::AuthenticationError, { garbage: "SMTP" } => Hookrail::ProtocolError
  }.freeze

  def described(error)
    [error.class, error.http_status, error.retry_after, error.outcome, error.idempotency_key, error.attempts,
     error.retryable?, error.last_error.class, error.message[/\A[^:;]*/]]
  end

  OUTAGES.each do |fault, error|
    define_method("test_a_scripted_error_looks_like_the_real_one_#{fault.values.first}") do
      server.faults({ **fault, times: "always" })
      imitated = fake(max_retries: 1).fail_next(error, times: nil)
      real = client(max_retries: 1, backoff: 0.001)
      expected, found = [real, imitated].map do |used|
        described(assert_raises(Hookrail::Error) { used.send_event("a", {}, idempotency_key: "k") })
      end
      assert_equal expected, found
      # The time runs out during the wait for the second attempt, unless the machine pauses during the first one. Each
      # try has more time, and a new client, because the pace of the old one still has the last try's failures.
      timeout = 0.15
      assert_in_some_try("the time ran out between two attempts") do
        timeout *= 2
        expected, found = [client(backoff: 30, backoff_cap: 30), imitated].map do |used|
          ended = used.submit("a", {}, idempotency_key: "k", timeout:).wait.error
          [ended.last_error == ended, *described(ended).values_at(0, 1, 2, 3, 4, 6, 7)]
        end
        expected == found
      end
    end
  end

  def test_scripted_answers_come_in_order_and_then_the_block
    used = fake { |event| raise Hookrail::PermissionDeniedError if event.topic == "secret" }
    used.fail_next(Hookrail::ConflictError).answer_next(delivery_ids: ["d"], replayed: true).fail_next(times: 2)
    seen = %w[a a a a secret].map do |topic|
      used.send_event(topic, {}).delivery_ids
    rescue Hookrail::Error => e
      e.last_error.class
    end
    assert_equal [Hookrail::ConflictError, ["d"], Hookrail::ServerError, Hookrail::ServerError,
                  Hookrail::PermissionDeniedError], seen
    assert_equal 1, used.events.size
    assert_equal 4, used.failed_events.size
    assert(used.failed_events.all? { |one| one.error.idempotency_key == one.idempotency_key && one.event_id.nil? })
    used.respond { { event_id: "mine" } }
    assert_equal "mine", used.send_event("a", {}).event_id
    used.respond { Timeout::Error.new("slow") }
    assert_raises(Timeout::Error) { used.send_event("a", {}) }
    assert_empty used.clear.events + used.failed_events
  end

  def test_errors_that_submit_raises_itself
    used = fake.fail_next(Hookrail::QueueFullError).fail_next(Hookrail::OutOfResourcesError)
    error = assert_raises(Hookrail::QueueFullError) { used.submit("a", {}, idempotency_key: "k") }
    assert_equal ["k", :not_sent], [error.idempotency_key, error.outcome]
    assert_raises(Hookrail::OutOfResourcesError) { used.submit("a", {}) }
    assert_equal :delivered, used.submit("a", {}).wait.outcome
    used.fail_next(Hookrail::QueueFullError)
    assert_operator elapsed { assert_raises(Hookrail::QueueFullError) { used.submit("a", {}, wait: 60) } }, :<, NEVER
  end

  def test_statuses
    used = fake
    id = used.send_event("order.paid", {}).event_id
    assert_equal ["order.paid", []], used.get_event(id).deconstruct_keys(nil).values_at(:topic, :deliveries)
    used.answer_status(Hookrail::Testing.event_status(event_id: id, deliveries: [
                                                        { state: :dead_lettered, attempts: [{ http_status: 500 }] }
                                                      ]))
    delivery = used.get_event(id).deliveries[0]
    assert_equal [:dead_lettered, "dead_lettered", 500],
                 [delivery.state, delivery.state_text, delivery.attempts[0].http_status]
    expected, found = [client, used].map do |one|
      error = assert_raises(Hookrail::NotFoundError) { one.get_event("unknown") }
      [error.message, error.problem, error.outcome, error.idempotency_key]
    end
    assert_equal expected, found
    error = assert_raises(Hookrail::RetriesExhaustedError) { used.fail_next.get_event(id) }
    assert_equal [nil, nil, Hookrail::ServerError, 4],
                 [error.outcome, error.idempotency_key, error.last_error.class, error.attempts]
  end

  def test_submissions_completions_and_the_handler
    failed = Thread::Queue.new
    used = fake(on_error: ->(submission) { failed << submission })
    used.fail_next(Hookrail::ConflictError)
    bad = used.submit("a", {}, tag: 1)
    assert_same bad, failed.pop
    assert_equal [:rejected, 1, "a"], [bad.outcome, bad.tag, bad.topic]
    good = used.submit("a", {}, tag: 2)
    assert_nil good.outcome
    assert_equal :delivered, good.wait.outcome
    completions = used.completions
    last = used.submit("a", {})
    assert IO.select([completions], nil, nil, NEVER) # rubocop:disable Lint/IncompatibleIoSelectWithFiberScheduler
    assert_equal [last], completions.take
    assert_nil IO.select([completions], nil, nil, 0) # rubocop:disable Lint/IncompatibleIoSelectWithFiberScheduler
    assert_equal({ queued: 0, in_flight: 0, completions: 0 }, used.pending)
  end

  def test_a_thread_that_goes_through_the_completions
    used = fake
    taking = Thread.new { used.completions.each(until_closed: true).map(&:tag) }
    5.times { |n| used.submit("a", {}, tag: n) }
    used.close
    assert_equal [0, 1, 2, 3, 4], taking.value
  end

  def test_a_queue_that_is_held
    used = fake.hold_queue
    first, second, third, = submissions = Array.new(4) { |n| used.submit("a", {}, tag: n) }
    assert_equal({ queued: 4, in_flight: 0, completions: 0 }, used.pending)
    assert_equal 4, used.flush(timeout: 100)
    assert_nil first.wait(timeout: 0)
    assert_raises(Hookrail::CancelledError) { second.cancel.value }
    used.release_queue
    assert_equal :delivered, third.wait.outcome
    assert_equal 0, used.flush
    used.hold_queue.submit("a", {})
    assert_equal 1, used.purge
    last = used.submit("a", {})
    assert_equal 1, used.close
    assert_equal [Hookrail::CancelledError, :not_sent], [last.wait.error.class, last.outcome]
    assert(submissions.all? { |one| one.wait(timeout: 0) })
  end

  def test_a_closed_client
    expected, found = [client, fake].map do |used|
      blob = used.prepare_event("a", {}, idempotency_key: "k")
      used.close
      [->(c) { c.send_event("a", {}, idempotency_key: "k") }, ->(c) { c.submit("a", {}, idempotency_key: "k") },
       ->(c) { c.send_prepared(blob) }, ->(c) { c.submit_prepared(blob) }, ->(c) { c.get_event("e") },
       ->(c) { c.send_event("", {}) }, ->(c) { c.close }].map { |call| refusal(used, &call) }
    end
    assert_equal expected, found
  end

  def test_threads_and_fibers_may_share_it
    used = fake
    Array.new(8) { Thread.new { 50.times { |n| n.even? ? used.send_event("a", {}) : used.submit("a", {}).value } } }
         .each(&:join)
    Async { |task| 10.times { task.async { used.submit("a", {}).value && used.send_event("a", {}) } } }
    assert_equal 420, used.events.map(&:event_id).uniq.size
  end

  def test_scripts_that_make_no_sense_are_refused
    assert_raises(Hookrail::InvalidArgumentError) { fake.fail_next("no") }
    assert_raises(Hookrail::InvalidArgumentError) { fake.fail_next(times: 0) }
    assert_raises(ArgumentError) { fake.answer_next(unknown: 1) }
    error = assert_raises(Hookrail::InvalidArgumentError) { fake { 5 }.send_event("a", {}) }
    assert_match(/must raise an error, or return nil or a Hash of/, error.message)
  end
end
