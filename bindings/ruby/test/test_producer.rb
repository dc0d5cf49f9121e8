# frozen_string_literal: true

require_relative "helper"
require "set"

class TestProducer < HookrailTest
  def test_a_submission_has_the_same_result_as_a_send
    submission = client.submit("order.paid", { n: 1 }, idempotency_key: "k", ordering_key: "o")
    accepted = submission.value
    event = server.event(accepted.event_id)
    assert_equal ["order.paid", "k", "o"], event.values_at("topic", "idempotency_key", "ordering_key")
    assert_predicate submission, :done?
    assert_equal :delivered, submission.outcome
    assert_nil submission.error
    assert_operator submission.total_time, :>=, submission.queued_time
    assert_equal accepted, submission.value
  end

  def test_each_call_of_value_raises_the_failure
    server.faults({ status: 409 })
    submission = client.submit("a", {}, idempotency_key: "k")
    2.times do
      error = assert_raises(Hookrail::ConflictError) { submission.value }
      assert_equal [:rejected, "k", 409], [error.outcome, error.idempotency_key, error.http_status]
    end
    assert_equal :rejected, submission.outcome
    assert_kind_of Hookrail::ConflictError, submission.error
  end

  def test_an_error_of_a_submission_has_its_cause
    refused = Hookrail::Client.new(api_key: API_KEY, base_url: refusing_url, backoff: 0.01)
    submission = refused.submit("a", {}, timeout: 0.3)
    error = assert_raises(Hookrail::Error) { submission.value }
    assert_kind_of Hookrail::ConnectionError, error.cause || error
    assert_equal :not_sent, submission.outcome
  end

  def test_a_wait_ends_when_its_time_is_over
    server.faults({ never_answer: true })
    used = client(read_timeout: NEVER)
    submission = used.submit("a", {})
    [0, 0.05].each { |timeout| assert_nil submission.wait(timeout:) }
    assert_nil submission.value(timeout: 0.05)
    refute_predicate submission, :done?
    assert_match(/under way/, submission.inspect)
    [-1, Float::NAN, "1"].each do |timeout|
      assert_raises(Hookrail::InvalidArgumentError) { submission.wait(timeout:) }
    end
    used.close(timeout: 0)
  end

  def test_each_thread_waits_for_its_own_submission
    used = client
    ids = Array.new(200) { |n| [n, used.submit("a", { n: })] }.shuffle.each_slice(20).map do |part|
      Thread.new { part.map { |n, submission| [n, submission.value.event_id] } }
    end
    sent = ids.flat_map(&:value)
    payloads = recorded_payloads
    sent.each { |n, id| assert_equal({ "n" => n }, payloads.fetch(id)) }
  end

  def test_threads_wait_for_the_same_submission
    server.faults({ delay_ms: 200 })
    submission = client.submit("a", {})
    waiting = Array.new(10) { Thread.new { submission.value.event_id } }
    assert_equal 1, waiting.map(&:value).uniq.size
  end

  def test_after_a_waiting_thread_is_killed_another_collects
    used = client
    assert_in_some_try("one of two was killed before the answer came") do
      server.faults({ delay_ms: 3_000 })
      submission = used.submit("a", {})
      first = Thread.new { submission.wait }
      second = Thread.new { submission.value }
      eventually("both wait") { submission.done? || [first, second].all? { |thread| thread.status == "sleep" } }
      first.kill.join
      in_time = !submission.done?
      assert_equal 1, second.value.attempts
      in_time
    end
  end

  def test_a_submission_can_be_cancelled
    server.faults({ never_answer: true, record: true })
    used = client
    submission = used.submit("a", {})
    server.wait(requests: 1)
    assert_same submission, submission.cancel
    error = assert_raises(Hookrail::CancelledError) { submission.value }
    assert_equal :maybe_sent, error.outcome
    submission.cancel
    assert_equal 1, used.submit("a", {}).value.attempts
  end

  def test_queued_events_can_be_purged
    server.faults({ never_answer: true, times: "always" })
    used = client(workers: 1)
    submissions = Array.new(5) { used.submit("a", {}) }
    server.wait(requests: 1)
    assert_equal 4, used.purge
    submissions.drop(1).each do |submission|
      assert_equal :not_sent, assert_raises(Hookrail::CancelledError) { submission.value }.outcome
    end
    assert_equal 1, used.purge(in_flight: true)
    assert_equal :maybe_sent, assert_raises(Hookrail::CancelledError) { submissions.first.value }.outcome
  end

  def test_an_event_times_out_while_the_workers_are_busy
    server.faults({ never_answer: true, times: "always" })
    used = client(workers: 1, read_timeout: NEVER)
    used.submit("a", {})
    server.wait(requests: 1)
    time = elapsed do
      late = used.submit("a", {}, timeout: 0.05)
      assert_raises(Hookrail::TimeoutError) { late.value }
      assert_equal :not_sent, late.outcome
    end
    assert_operator time, :<, NEVER / 2
    used.submit("a", {}, timeout: 0.05)
    assert_equal [:not_sent], used.completions.first(1).map(&:outcome)
  end

  def test_each_completion_is_taken_once
    used = client
    submissions = Array.new(100) { |n| used.submit("a", { n: }) }
    completions = used.completions
    assert_same completions, used.completions
    taken = completions.to_a
    assert_equal submissions.to_set, taken.to_set
    assert_equal 100, taken.size
    assert(taken.all?(&:done?))
    assert_empty completions.to_a
  end

  def test_a_block_that_breaks_off_leaves_the_others
    used = client
    Array.new(10) { used.submit("a", {}) }
    assert_equal 1, used.completions.first(1).size
    assert_equal 9, used.completions.count
  end

  # rubocop:disable Lint/IncompatibleIoSelectWithFiberScheduler -- this tests IO.select
  def test_completions_work_with_select
    server.faults({ never_answer: true })
    used = client(read_timeout: NEVER)
    completions = used.completions
    submission = used.submit("a", {})
    server.wait(requests: 1)
    assert_nil IO.select([completions], nil, nil, 0)
    assert_equal 1, used.purge(in_flight: true)
    assert_equal [[completions], [], []], IO.select([completions], nil, nil, NEVER)
    assert_equal [submission], completions.take
    assert_nil IO.select([completions], nil, nil, 0)
    assert_empty completions.take(timeout: 0.05)
  end
  # rubocop:enable Lint/IncompatibleIoSelectWithFiberScheduler

  def test_a_waiting_thread_notices_that_another_has_taken_its_submission
    used = client
    completions = used.completions
    submission = used.submit("a", {})
    waiting = Thread.new { submission.value.attempts }
    eventually("done, and waited for") { used.pending[:completions] == 1 && waiting.status == "sleep" }
    assert_equal [submission], completions.take
    assert waiting.join(NEVER), "it still waits"
    assert_equal 1, waiting.value
  end

  def test_threads_may_wait_while_others_take_completions
    used = client
    completions = used.completions
    server.faults({ delay_ms: 300, times: "always" })
    submissions = Array.new(8) { used.submit("a", {}) }
    waiting = submissions.map { |submission| Thread.new { submission.value(timeout: NEVER)&.attempts } }
    taken = Array.new(2) { Thread.new { completions.to_a } }.flat_map(&:value)
    assert_equal [1] * 8, waiting.map(&:value)
    assert_equal submissions.to_set, taken.to_set
  end

  def test_a_full_queue_is_an_error_at_once_or_a_wait
    server.faults({ never_answer: true, times: "always" })
    used = client(workers: 1, queue_max_events: 2, read_timeout: NEVER)
    error = assert_raises(Hookrail::QueueFullError) { 10.times { used.submit("a", {}) } }
    assert_match(/queue/, error.message)
    assert_raises(Hookrail::QueueFullError) { used.submit("a", {}, wait: 0.01) }
    used.purge(in_flight: true)
    server.faults({ delay_ms: 1_000 })
    submissions = Array.new(4) { used.submit("a", {}, wait: NEVER) }
    assert_equal [1], submissions.map { |submission| submission.value.attempts }.uniq
  end

  def test_unawaited_submissions_do_not_fill_the_queue
    used = client(queue_max_events: 10)
    200.times { used.submit("a", {}, wait: NEVER) }
    assert_equal 0, used.flush
    assert_equal 200, server.summary["events"]
  end

  def test_flush_waits_and_returns_the_number_of_remaining_events
    server.faults({ delay_ms: 100 }, {}, { never_answer: true })
    used = client(workers: 1, read_timeout: NEVER)
    2.times { used.submit("a", {}) }
    assert_equal 0, used.flush(timeout: NEVER)
    assert_equal 2, server.summary["events"]
    used.submit("a", {})
    server.wait(requests: 3)
    assert_equal 1, used.flush(timeout: 0.1)
    assert_equal({ queued: 0, in_flight: 1 }, used.pending.slice(:queued, :in_flight))
    assert_equal 1, used.close(timeout: 0.05)
  end

  def test_close_sends_queued_events
    used = client
    submissions = Array.new(20) { used.submit("a", {}) }
    assert_equal 0, used.close
    assert_equal 20, server.summary["events"]
    assert(submissions.all? { |submission| submission.value.attempts == 1 })
    assert_raises(Hookrail::ClosedError) { used.submit("a", {}) }
  end

  def test_bad_arguments_are_refused_at_once
    used = client
    assert_raises(Hookrail::InvalidArgumentError) { used.submit("", {}) }
    assert_raises(Hookrail::InvalidArgumentError) { used.submit("a", "{") }
    assert_raises(Hookrail::InvalidArgumentError) { used.submit("a", {}, wait: -1) }
    assert_raises(Hookrail::InvalidArgumentError) { used.completions.take(0) }
    assert_raises(Hookrail::DamagedBlobError) { used.submit_prepared("x") }
    assert_equal 0, used.flush
    assert_empty used.completions.to_a
  end

  def test_a_prepared_event_can_be_submitted
    used = client
    prepared = used.prepare_event("a", { n: 1 })
    results = [prepared, prepared.blob].map { |form| used.submit_prepared(form, timeout: 60, wait: 1).value }
    assert_equal [false, true], results.map(&:replayed?)
  end

  def test_a_submission_keeps_its_client_alive
    submission = client.submit("a", {})
    GC.start
    assert_equal 1, submission.value.attempts
  end
end
