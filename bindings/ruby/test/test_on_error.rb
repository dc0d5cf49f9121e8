# frozen_string_literal: true

require_relative "helper"
require "async"

# The background error handler gets every failure of a submission, and needs no help of the program.
class TestOnError < HookrailTest
  # @return [Array(Hookrail::Client, Thread::Queue)] a client, and the queue in which its handler puts the failures
  def reporting(**settings)
    found = Thread::Queue.new
    [client(on_error: ->(submission) { found << submission }, **settings), found]
  end

  def drain(queue)
    Array.new(queue.size) { queue.pop }
  end

  def test_it_is_called_without_any_further_call
    server.faults({}, { status: 409 })
    found = Thread::Queue.new
    threads = Thread::Queue.new
    used = client(on_error: ->(submission) { found << submission and threads << Thread.current })
    fine = used.submit("a", {}, tag: 1)
    fine.wait
    used.submit("order.paid", {}, idempotency_key: "k", tag: 2)
    failed = found.pop
    assert_equal ["order.paid", "k", 2, :rejected], [failed.topic, failed.idempotency_key, failed.tag, failed.outcome]
    assert_instance_of Hookrail::ConflictError, failed.error
    assert_predicate failed, :done?
    refute_equal Thread.current, threads.pop
    used.close
    assert_empty found
  end

  def test_it_gets_each_failure_once_while_other_threads_wait
    server.faults({ status: 409, times: "always" })
    used, found = reporting
    waiting = Array.new(4) do |thread|
      Thread.new { Array.new(50) { |n| used.submit("a", {}, tag: [thread, n]).tap { |one| one.wait if n.odd? } } }
    end
    submitted = waiting.flat_map(&:value)
    used.close
    assert_equal submitted.map(&:tag).sort, drain(found).map(&:tag).sort
  end

  def test_it_works_beside_completions
    server.faults({ status: 409, times: "always" })
    used, found = reporting
    taking = Thread.new { used.completions.first(2) }
    eventually("it waits") { taking.status == "sleep" }
    Array.new(5) { |n| used.submit("a", {}, tag: n) }
    assert_equal 2, taking.value.size
    used.close
    assert_equal [0, 1, 2, 3, 4], drain(found).map(&:tag).sort
    assert_equal 3, used.completions.count
  end

  def test_close_returns_when_it_has_run_for_what_close_cancels
    server.faults({ never_answer: true, times: "always" })
    used, found = reporting(read_timeout: NEVER)
    30.times { |n| used.submit("a", {}, tag: n) }
    assert_equal 30, used.close(timeout: 0)
    assert_equal [*0..29], drain(found).map(&:tag).sort
    assert_equal 0, used.close
  end

  def test_close_with_a_slow_handler_returns_in_time_and_the_handler_goes_on
    server.faults({ status: 409, times: "always" })
    gate = Thread::Queue.new
    found = Thread::Queue.new
    used = client(on_error: ->(submission) { gate.pop and found << submission })
    3.times { |n| used.submit("a", {}, tag: n) }
    _, warning = capture_io { assert_operator elapsed { used.close(timeout: 0.1) }, :<, NEVER / 2 }
    assert_match(/before each failure was reported to on_error/, warning)
    3.times { gate << true }
    assert_equal [0, 1, 2], Array.new(3) { found.pop.tag }.sort
    assert_equal 0, used.close
  end

  def test_an_exception_in_it_is_reported_and_does_not_end_it
    server.faults({ status: 409, times: "always" })
    used = client(on_error: ->(one) { one.tag == 1 ? raise("no 1") : raise(NotImplementedError) })
    _, errors = capture_io do
      2.times { |n| used.submit("a", {}, tag: n) }
      used.close
    end
    assert_match(/on_error raised an exception: .*no 1/, errors)
    assert_match(/NotImplementedError/, errors)
  end

  def test_it_may_submit_again_and_close
    server.faults({ status: 409 })
    used = nil
    finished = Thread::Queue.new
    retrying = lambda do |submission|
      again = used.submit(submission.topic, {}, tag: submission)
      used.close
      finished << again
    end
    used = client(on_error: retrying)
    used.submit("a", {})
    assert_equal :delivered, finished.pop.wait.outcome
  end

  def test_after_its_thread_is_killed_the_next_submit_starts_another
    server.faults({ status: 409, times: "always" })
    used, found = reporting
    used.submit("a", {}, tag: 0)
    found.pop
    thread = Thread.list.find { |one| one.name == "hookrail on_error" }
    thread.kill.join
    used.submit("a", {}, tag: 1)
    assert_equal 1, found.pop.tag
    used.close
    refute(Thread.list.any? { |one| one.name == "hookrail on_error" })
  end

  def test_without_events_there_is_no_thread_and_the_client_is_collected
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], on_error: ->(one) { p one })
      before = Thread.list.size
      client.submit("a", {}).value
      during = Thread.list.size
      sleep 0.05 until Thread.list.size == before
      puts JSON.generate(started: during - before)
    CODE
    assert_equal({ started: 1 }, result)
  end

  def test_a_fork_reports_its_own_failures_only
    server.faults({ delay_ms: 300, status: 409, times: "always" })
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      found = []
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], on_error: ->(one) { found << one.tag })
      3.times { |n| client.submit("a", {}, tag: "parent \#{n}") }
      child = IO.popen("-") do |io|
        next io.read if io
        2.times { |n| client.submit("a", {}, tag: "child \#{n}") }
        client.close
        print JSON.generate(found.sort)
        exit!
      end
      client.close
      puts JSON.generate(child: JSON.parse(child), parent: found.sort)
    CODE
    assert_equal({ child: ["child 0", "child 1"], parent: ["parent 0", "parent 1", "parent 2"] }, result)
  end

  def test_failures_that_wait_for_the_parents_handler_stay_with_the_parent
    server.faults({ match: { topic: "bad" }, status: 409, times: "always" })
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      found = Thread::Queue.new
      gate = Thread::Queue.new
      slow = lambda do |one|
        found << one.tag
        gate.pop
      end
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], on_error: slow)
      submissions = Array.new(3) { |n| client.submit("bad", {}, tag: n) }
      submissions.each(&:wait)
      first = found.pop
      child = IO.popen("-") do |io|
        next io.read if io
        gate.close
        client.submit("good", {})
        client.close
        print found.size
        exit!
      end
      gate.close
      client.close
      puts JSON.generate(child:, parent: [first, *Array.new(found.size) { found.pop }].sort)
    CODE
    assert_equal({ child: "0", parent: [0, 1, 2] }, result)
  end

  def test_a_fork_that_submits_nothing_reports_nothing
    server.faults({ delay_ms: 200, status: 409, times: "always" })
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      found = []
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], on_error: ->(one) { found << one.tag })
      client.submit("a", {}, tag: 1)
      child = IO.popen("-") { |io| io ? io.read : (client.close; print(found.size); exit!) }
      client.close
      puts JSON.generate(child:, parent: found)
    CODE
    assert_equal({ child: "0", parent: [1] }, result)
  end

  def test_close_in_at_exit_reports_what_was_queued
    server.faults({ status: 409, times: "always" })
    result = ruby(<<~CODE, server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], on_error: ->(one) { puts one.tag })
      at_exit { client.close(timeout: 30) }
      3.times { |n| client.submit("a", {}, tag: n) }
    CODE
    assert_equal %w[0 1 2], result.output.lines.map(&:chomp).sort, result.errors
  end

  def test_it_works_under_a_fiber_scheduler
    server.faults({ status: 409, times: "always" })
    found = Thread::Queue.new
    scheduler = :none
    used = client(on_error: ->(one) { found << one.tag and scheduler = Fiber.current_scheduler })
    Async do |task|
      10.times { |n| task.async { used.submit("a", {}, tag: n) } }
      used.close
    end
    assert_equal [*0..9], drain(found).sort
    assert_nil scheduler
  end

  def test_what_cannot_be_called_is_refused
    error = assert_raises(Hookrail::InvalidArgumentError) { client(on_error: "log") }
    assert_match(/on_error must .* respond to call, not be a String/, error.message)
  end
end
