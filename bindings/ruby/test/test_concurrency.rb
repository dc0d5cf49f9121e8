# frozen_string_literal: true

require_relative "helper"

class TestConcurrency < HookrailTest
  THREADS = 20

  def test_threads_send_at_the_same_time
    server.faults({ never_answer: true, times: "always" })
    used = client(read_timeout: NEVER)
    sends = Array.new(THREADS) { Thread.new { used.send_event("a", {}) } }
    # None is answered: only concurrent sends reach this number.
    assert_equal THREADS, server.wait(requests: THREADS)["requests"]
  ensure
    sends.each(&:kill).each(&:join)
  end

  def test_other_threads_run_while_one_waits
    used = client
    assert_in_some_try("counted far while a send waited") do
      server.faults({ delay_ms: 300 })
      counted_during { used.send_event("a", {}) } > 10_000
    end
  end

  def test_every_thread_gets_the_answer_to_its_own_event
    used = client
    sent = Array.new(8) do |thread|
      Thread.new { Array.new(50) { |n| [used.send_event("a", { id: "#{thread}-#{n}" }).event_id, "#{thread}-#{n}"] } }
    end
    expected = sent.flat_map(&:value).to_h
    assert_equal(expected, recorded_payloads.transform_values { |payload| payload["id"] })
  end

  def test_threads_share_connections
    used = client
    Array.new(4) { Thread.new { 25.times { used.send_event("a", {}) } } }.each(&:join)
    assert_operator server.summary["connections"], :<, 20
  end

  private

  # Returns how far another thread counts during the block.
  def counted_during
    done = false
    counted = 0
    counter = Thread.new { counted += 1 until done }
    Thread.pass until counted.positive?
    before = counted
    yield
    done = true
    counter.join
    counted - before
  end
end
