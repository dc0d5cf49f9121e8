# frozen_string_literal: true

require_relative "helper"
require "async"
require "timeout"

# Results reach the waiting threads in spite of interrupts.
class TestCollecting < HookrailTest
  class Enough < Exception; end # rubocop:disable Lint/InheritException

  # Nothing can hold off an exception from a signal handler.
  def test_an_exception_from_a_signal_handler_loses_no_result
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      class Enough < Exception; end
      parent = Process.pid
      pestering = fork { loop { sleep 0.001; Process.kill(:USR1, parent) } }
      inside = false
      raised = 0
      trap(:USR1) do
        if inside
          inside = false
          raised += 1
          raise Enough
        end
      end
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], delivery_timeout: 120)
      # On a busy machine a round may pass without a signal.
      until raised > 10
        submissions = Array.new(3_000) { client.submit("a", "{}") }
        client.flush
        until submissions.all?(&:done?)
          begin
            inside = true
            submissions.each { |submission| submission.wait unless submission.done? }
            inside = false
          rescue Enough
            next
          end
        end
      end
      trap(:USR1, "IGNORE")
      Process.kill(:KILL, pestering)
      Process.wait(pestering)
      puts JSON.generate(left: client.completions.to_a.size, pending: client.pending.values)
    CODE
    assert_equal({ left: 0, pending: [0, 0, 0] }, result)
  end

  # The library's `ensure` clauses do not replace the interrupt by another error.
  def test_an_interrupt_keeps_its_class
    used = client
    verifier = Hookrail::Verifier.new("whsec_a")
    signed = { signature: Hookrail::Testing.sign("b", secret: "whsec_a", delivery_id: "d"), delivery_id: "d" }
    { verify: -> { verifier.verify("b", **signed) }, prepare: -> { used.prepare_event("a", "{}", ordering_key: "o") },
      make: -> { Hookrail::Verifier.new("whsec_a") }, pending: -> { used.pending } }.each do |name, work|
      came_out = Array.new(15) { interrupted(work) }
      assert_equal [Enough], came_out.uniq, name
    end
  end

  def test_an_available_result_needs_no_time
    used = client
    submissions = Array.new(2) { used.submit("a", {}) }
    eventually("both are sent") { used.pending[:completions] == 2 }
    assert submissions[0].wait(timeout: 0)
    assert_kind_of Hookrail::Accepted, submissions[1].value(timeout: 0)
  end

  def test_room_that_comes_before_a_result_is_noticed
    server.faults({ delay_ms: 300, times: "always" })
    used = client(queue_max_bytes: 20, delivery_timeout: 120, read_timeout: 60)
    used.completions
    used.submit("a", JSON.generate("x" * 15))
    time = elapsed { used.submit("a", JSON.generate("x" * 15), wait: 60) }
    assert_operator time, :<, 50
  end

  def test_a_fiber_that_times_out_leaves_the_lock_usable
    server.faults({ never_answer: true, times: "always" })
    used = client(delivery_timeout: 120, read_timeout: 120)
    first, second = Array.new(2) { used.submit("a", {}) }
    Async do |task|
      attending = task.async { first.value }
      sleeping = task.async do
        task.with_timeout(0.1) { second.value }
      rescue Async::TimeoutError => e
        e.class
      end
      assert_equal Async::TimeoutError, sleeping.wait
      attending.stop
    end
    used.purge(in_flight: true)
    assert_equal :maybe_sent, first.wait.outcome
  end

  # The scheduler of async 1 returns early from a wait whose time is over, without an exception.
  def test_a_wait_that_a_scheduler_ends_early_does_not_block_other_fibers
    server.faults({ never_answer: true, times: "always" })
    used = client(read_timeout: NEVER, timeout: NEVER, max_retries: 0)
    Async do |task|
      sending = task.async do
        task.with_timeout(0.1) { used.send_event("a", {}) }
      rescue Async::TimeoutError
        # Newer versions raise it.
      end
      time = elapsed { 50.times { task.sleep(0.01) } }
      sending.stop
      assert_operator time, :<, NEVER / 2
    end
  end

  private

  # Returns the class of the exception that ends a thread when it is interrupted in a loop.
  def interrupted(work)
    ready = false
    thread = Thread.new do
      Thread.handle_interrupt(Enough => :never) do
        Thread.handle_interrupt(Enough => :immediate) do
          ready = true
          loop { work.call }
        end
      rescue Exception => e # rubocop:disable Lint/RescueException
        e.class
      end
    end
    Thread.pass until ready
    sleep(rand * 0.001)
    thread.raise(Enough)
    thread.value
  end
end
