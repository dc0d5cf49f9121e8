# frozen_string_literal: true

require_relative "helper"

# A thread that goes through the completions gets all of them, whenever it starts.
class TestCompletions < HookrailTest
  def waiting_thread(used, **options)
    found = Thread::Queue.new
    thread = Thread.new { used.completions.each(**options) { |submission| found << submission } }
    eventually("it waits") { thread.status == "sleep" || !thread.alive? }
    [thread, found]
  end

  def assert_ends(thread)
    assert thread.join(NEVER), "it still waits"
  end

  def test_a_thread_that_starts_before_the_first_submit_gets_all_until_the_client_is_closed
    server.faults({}, { status: 409 })
    used = client
    thread, found = waiting_thread(used)
    # Between the two nothing is queued or in flight.
    2.times do |n|
      submission = used.submit("a", { n: })
      assert_same submission, found.pop
      assert_equal n.zero?, submission.error.nil?
    end
    sleep 0.5
    assert_predicate thread, :alive?
    late = Array.new(20) { used.submit("a", {}) }
    used.close
    assert_ends thread
    assert_equal late.size, found.size
  end

  def test_it_gets_what_close_cancels
    server.faults({ never_answer: true, times: "always" })
    used = client(read_timeout: NEVER)
    thread, found = waiting_thread(used)
    Array.new(3) { used.submit("a", {}) }
    assert_equal 3, used.close(timeout: 0.05)
    assert_ends thread
    assert_equal ["Hookrail::CancelledError"] * 3, Array.new(found.size) { found.pop.error.class.name }
  end

  def test_it_ends_when_nothing_was_ever_submitted
    used = client
    threads = Array.new(2) { waiting_thread(used).first }
    assert_raises(Hookrail::InvalidArgumentError) { used.close(timeout: -1) }
    sleep 0.5
    assert(threads.all?(&:alive?))
    used.close
    threads.each { |thread| assert_ends thread }
    assert_empty used.completions.to_a
  end

  def test_the_program_can_choose
    used = client
    assert_empty used.completions.each(until_closed: false).to_a
    used.submit("a", {}).wait(timeout: 0)
    thread, found = waiting_thread(used, until_closed: true)
    found.pop
    sleep 0.5
    assert_predicate thread, :alive?
    used.close
    assert_ends thread
  end

  def test_a_fork_begins_anew
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
      client.submit("a", {}).value
      IO.popen("-") do |io|
        if io
          puts io.read
        else
          found = Thread::Queue.new
          thread = Thread.new { client.completions.each { |submission| found << submission } }
          Thread.pass until thread.status == "sleep" || !thread.alive?
          client.submit("a", {})
          client.close
          thread.join(30)
          puts JSON.generate(found: found.size, alive: thread.alive?)
        end
      end
    CODE
    assert_equal({ found: 1, alive: false }, result)
  end
end
