# frozen_string_literal: true

require_relative "helper"

# Each result has the records of its attempts.
class TestAttemptRecords < HookrailTest
  def test_a_send_has_a_record_of_each_attempt
    server.faults({ status: 503 }, { delay_ms: 30 })
    before = Time.now
    accepted = client(backoff: 0.001).send_event("a", {})
    first, second = records = accepted.attempt_records
    assert_equal [1, 2], records.map(&:number)
    assert_equal(%i[server_error ok], records.map(&:status))
    assert_equal [503, 202], records.map(&:http_status)
    assert_equal([false, true], records.map(&:ok?))
    assert_match(/answered 503/, first.message)
    assert_nil second.message
    assert_equal [true, false], records.map(&:new_connection?)
    assert_operator second.waiting, :>=, 0.03
    records.each do |one|
      assert_operator one.started_at, :>=, before - 1
      assert_operator one.started_at, :<=, Time.now + 1
      assert_operator one.duration, :>=, one.waiting
      assert_operator one.bytes_sent, :>, 100
      [one.since_start, one.lookup, one.connect, one.tls].each { |time| assert_instance_of Float, time }
    end
    assert_operator first.connect, :>, 0
    assert_operator second.since_start, :>, first.since_start
    assert_operator second.bytes_received, :>, 100
    assert_predicate records, :frozen?
    assert_equal 2, accepted.attempts
  end

  def test_an_error_has_them_and_its_causes_have_none
    server.faults({ status: 503, times: "always" })
    error = assert_raises(Hookrail::RetriesExhaustedError) { client(backoff: 0.001).send_event("a", {}) }
    assert_equal [503] * 4, error.attempt_records.map(&:http_status)
    assert_empty error.cause.attempt_records
    assert_empty assert_raises(Hookrail::InvalidArgumentError) { client.send_event("", {}) }.attempt_records
    error = assert_raises(Hookrail::RetriesExhaustedError) do
      Hookrail::Client.new(api_key: "k", base_url: refusing_url, max_retries: 1, backoff: 0.001).send_event("a", {})
    end
    assert_equal([[:connection, nil, 0]] * 2, error.attempt_records.map do |one|
      [one.status, one.http_status, one.bytes_sent]
    end)
  end

  def test_the_last_sixteen_are_kept
    server.faults({ status: 503, times: "always" })
    used = client(max_retries: 19, backoff: 0.001, backoff_cap: 0.002)
    error = assert_raises(Hookrail::Error) { used.send_event("a", {}) }
    assert_equal [*5..20], error.attempt_records.map(&:number)
  end

  def test_submissions_and_statuses_have_them
    server.faults({ status: 503 }, {}, { status: 409 })
    used = client(workers: 1, backoff: 0.001)
    submission = used.submit("a", {})
    assert_empty submission.attempt_records
    assert_equal [503, 202], submission.value.attempt_records.map(&:http_status)
    assert_equal submission.value.attempt_records, submission.attempt_records
    failed = used.submit("a", {}).wait
    assert_equal [409], failed.attempt_records.map(&:http_status)
    assert_equal failed.error.attempt_records, failed.attempt_records
    status = used.get_event(submission.value.event_id)
    assert_equal [[:ok, 200]], (status.attempt_records.map { |one| [one.status, one.http_status] })
    assert_equal [404], assert_raises(Hookrail::Error) { used.get_event("none") }.attempt_records.map(&:http_status)
  end

  def test_the_id_that_the_answer_gives_the_request
    server.faults({ status: 503, headers: { "X-Request-Id" => "first" } },
                  { status: 409, headers: { "X-Request-Id" => "r-1" } })
    error = assert_raises(Hookrail::ConflictError) { client(backoff: 0.001).send_event("a", {}) }
    assert_equal ["r-1", %w[first r-1]], [error.request_id, error.attempt_records.map(&:request_id)]
    accepted = client.send_event("a", {})
    assert_equal [accepted.request_id], accepted.attempt_records.map(&:request_id)
  end

  def test_the_fake_client_has_them
    used = Hookrail::Testing.fake_client(max_retries: 2).fail_next(Hookrail::ServerError)
    error = assert_raises(Hookrail::RetriesExhaustedError) { used.send_event("a", {}) }
    assert_equal([[1, :server_error, 503], [2, :server_error, 503], [3, :server_error, 503]],
                 error.attempt_records.map { |one| [one.number, one.status, one.http_status] })
    assert_equal [202], used.send_event("a", {}).attempt_records.map(&:http_status)
    assert_equal [200], used.get_event(used.events[0].event_id).attempt_records.map(&:http_status)
  end

  def test_counters_and_metrics
    used = client
    3.times { used.send_event("a", {}) }
    duration = used.stats[:attempt_duration]
    assert_equal 3, duration[:count]
    assert_operator duration[:sum], :>, 0
    assert_equal duration[:buckets], duration[:buckets].sort
    metrics = used.metrics
    assert_match(/^hookrail_client_successes_total 3$/, metrics)
    assert_match(/^hookrail_client_attempt_duration_seconds_bucket\{le="\+Inf"\} 3$/, metrics)
    assert_match(/^hookrail_client_requests_total 0$/, Hookrail::Testing.fake_client.metrics)
  end
end
