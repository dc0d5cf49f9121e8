# frozen_string_literal: true

require_relative "helper"
require "async"

# Under a fiber scheduler, the scheduler does the waiting.
class TestFiberScheduler < HookrailTest
  FIBERS = 10

  def test_fibers_send_at_the_same_time_on_one_thread
    server.faults({ never_answer: true, times: "always" })
    used = client(read_timeout: NEVER)
    threads = nil
    Async do |task|
      sends = Array.new(FIBERS) { task.async { used.send_event("a", {}) } }
      threads = Thread.list.size
      # None is answered: only concurrent sends reach this number.
      assert_equal FIBERS, server.wait(requests: FIBERS)["requests"]
      sends.each(&:stop)
    end
    assert_equal Thread.list.size, threads
  end

  def test_other_fibers_run_during_every_wait
    server.faults({ match: {}, delay_ms: 1_000, times: "always" })
    {
      send: ->(used) { used.send_event("a", {}) }, value: ->(used) { used.submit("a", {}).value },
      flush: ->(used) { used.submit("a", {}) && used.flush },
      each: ->(used) { used.submit("a", {}) && used.completions.to_a },
      close: ->(used) { used.submit("a", {}) && used.close }
    }.each do |name, wait|
      assert_in_some_try("another fiber ran during #{name}") { ticks_during { wait.call(client) } > 2 }
    end
  end

  def test_each_fiber_waits_for_its_own_submission
    used = client
    Async do |task|
      waiting = Array.new(50) { |n| task.async { [n, used.submit("a", { n: }).value.event_id] } }
      recorded = waiting.map(&:wait)
      payloads = recorded_payloads
      recorded.each { |n, id| assert_equal({ "n" => n }, payloads.fetch(id)) }
    end
  end

  def test_stopping_a_fiber_cancels_its_call
    server.faults({ never_answer: true, times: "always" })
    used = client
    Async do |task|
      sending = task.async { used.send_event("a", {}) }
      task.sleep(0.1)
      time = elapsed { sending.stop }
      assert_operator time, :<, NEVER / 2
      # The connection is closed.
      server.wait(max_open_connections: 1)
    end
    server.faults
    assert_equal 1, used.send_event("a", {}).attempts
  end

  private

  # Returns how often another fiber runs during the block.
  def ticks_during
    ticks = 0
    Async do |task|
      ticker = task.async do
        loop do
          task.sleep(0.01)
          ticks += 1
        end
      end
      yield
      ticker.stop
    end
    ticks
  end
end
