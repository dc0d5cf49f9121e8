# frozen_string_literal: true

require_relative "helper"

# A submission knows its event, at once and when it is done.
class TestSubmissions < HookrailTest
  NAMES = %i[topic idempotency_key ordering_key tag].freeze

  def names(submission)
    NAMES.map { |name| submission.public_send(name) }
  end

  def test_a_submission_knows_its_event_at_once
    server.faults({ never_answer: true, times: "always" })
    used = client
    order = Object.new
    submission = used.submit("order.paid", {}, idempotency_key: "k", ordering_key: "o", tag: order)
    assert_equal ["order.paid", "k", "o", order], names(submission)
    assert_match(/under way topic="order.paid" idempotency_key="k"/, submission.inspect)
    used.close(timeout: 0)
    assert_equal ["order.paid", "k", "o", order], names(submission.wait)
  end

  def test_the_key_that_the_library_makes_is_known_at_once_and_is_the_one_on_the_wire
    used = client
    submissions = Array.new(20) { used.submit("a", {}) }
    keys = submissions.map(&:idempotency_key)
    assert_equal(keys, submissions.map { |one| one.value.idempotency_key })
    assert_equal(keys.sort, server.events.map { |event| event["idempotency_key"] }.sort)
    assert_equal 20, keys.uniq.size
    keys.each { |key| assert_match(/\A\h{8}-\h{4}-4\h{3}-[89ab]\h{3}-\h{12}\z/, key) }
    assert_equal ["a", keys[0], nil, nil], names(submissions[0])
  end

  def test_processes_made_by_fork_make_different_keys
    keys = ruby_json(<<~CODE, server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
      child = IO.popen("-") { |io| io ? io.read : print(client.submit("a", {}).idempotency_key) }
      puts JSON.generate(child:, parent: client.submit("a", {}).idempotency_key)
    CODE
    assert_equal 2, keys.values.uniq.size
  end

  def test_completions_tell_which_event_failed
    server.faults({}, { status: 409 }, {})
    used = client(workers: 1)
    3.times { |n| used.submit("order.#{n}", {}, tag: n) }
    failed = used.completions.select(&:error)
    assert_equal([["order.1", 1]], failed.map { |one| [one.topic, one.tag] })
    assert_equal [failed[0].error.idempotency_key], failed.map(&:idempotency_key)
  end

  def test_later_changes_of_the_arguments_do_not_change_it
    topic, key, ordering = %w[a k o].map(&:+@)
    submission = client.submit(topic, {}, idempotency_key: key, ordering_key: ordering)
    [topic, key, ordering].each { |text| text << "changed" }
    assert_equal %w[a k o], names(submission).take(3)
    assert(names(submission).all?(&:frozen?))
  end

  def test_a_prepared_submission_knows_its_event
    used = client
    topic = "\u00e9\"\\\u{1f600}"
    prepared = used.prepare_event(topic, { n: 1 }, idempotency_key: "k", ordering_key: "o")
    [prepared, prepared.blob, prepared.blob.dup.force_encoding("UTF-8")].each do |form|
      assert_equal [topic, "k", "o", :t], names(used.submit_prepared(form, tag: :t))
    end
    made = used.prepare_event("a" * 256, [])
    assert_equal ["a" * 256, made.idempotency_key, nil, nil], names(used.submit_prepared(made))
  end

  def test_a_damaged_blob_is_refused_by_the_library
    used = client
    blob = used.prepare_event("a", { n: 1 }, idempotency_key: "k", ordering_key: "o").blob
    (0...blob.bytesize).each do |place|
      changed = blob.dup.tap { |bytes| bytes.setbyte(place, bytes.getbyte(place) ^ 0xff) }
      [changed, blob.byteslice(0, place)].each do |damaged|
        assert_raises(Hookrail::DamagedBlobError) { used.submit_prepared(damaged) }
      end
    end
    assert_equal 0, used.pending[:queued]
  end

  def test_the_outcome_is_nil_until_it_is_done_and_for_errors_without_an_event
    server.faults({ delay_ms: 200 })
    used = client
    submission = used.submit("a", {})
    assert_nil submission.outcome
    assert_equal :delivered, submission.wait.outcome
    assert_nil assert_raises(Hookrail::NotFoundError) { used.get_event("unknown") }.outcome
  end
end
