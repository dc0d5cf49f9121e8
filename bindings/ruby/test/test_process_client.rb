# frozen_string_literal: true

require_relative "helper"
require_relative "support/guide"

# The client that the whole process shares.
class TestProcessClient < HookrailTest
  def run_with_server(code, **options)
    env = { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => server.url }
    ruby("require 'hookrail'\n#{code}", env:, **options)
  end

  def test_threads_share_one_client_and_a_child_makes_its_own
    found = run_with_server(<<~CODE).json
      parents = Array.new(8) { Thread.new { Hookrail.client } }.map(&:value).uniq
      parents.each { |client| client.send_event("parent", {}) }
      reading, writing = IO.pipe
      child = fork do
        own = Hookrail.client
        writing.puts JSON.generate([own.equal?(parents.first), own.equal?(Hookrail.client), own.stats[:attempts]])
        own.submit("child", {})
      end
      Process.wait(child)
      parents.first.send_event("parent", {})
      puts JSON.generate([parents.size, JSON.parse(reading.gets), Hookrail.client.equal?(parents.first)])
    CODE
    assert_equal [1, [false, true, 0], true], found
    assert_equal %w[child parent parent], server.events.map { |event| event["topic"] }.sort
  end

  def test_submitted_events_are_sent_at_the_end_of_the_process
    server.faults({ status: 503, delay_ms: 300, times: 2 })
    result = run_with_server('2.times { Hookrail.client.submit("a", {}) }')
    assert_equal [2, ""], [server.events.size, result.errors]
  end

  def test_the_end_of_the_process_takes_only_the_given_time_and_reports_what_is_left
    server.faults({ status: 503, times: "always" })
    result = run_with_server('Hookrail.configure(close_timeout: 0.2); 3.times { Hookrail.client.submit("a", {}) }')
    assert_match(/\Ahookrail: 3 submitted events were not sent before the process ended\n\z/, result.errors)
  end

  def test_the_settings_apply_to_the_next_client_only
    seen = run_with_server(<<~CODE).json
      Hookrail.configure(api_key: "hk_wrong", max_retries: 0)
      seen = [(Hookrail.client.send_event("a", {}) rescue $!.class)]
      seen << (Hookrail.configure(timeout: 5) rescue $!.message)
      seen << Hookrail.close
      Hookrail.configure(timeout: 5)
      seen << Hookrail.client.send_event("a", {}).attempts
      first = Hookrail.client
      Hookrail.close(timeout: 1)
      seen << (first.send_event("a", {}) rescue $!.class) << Hookrail.client.send_event("a", {}).attempts
      seen << Process.wait2(fork { Hookrail.configure(timeout: 6) }).last.success?
      puts JSON.generate(seen)
    CODE
    assert_match(/\Athis process has made its client already: call Hookrail.configure before/, seen.delete_at(1))
    assert_equal ["Hookrail::AuthenticationError", 0, 1, "Hookrail::ClosedError", 1, true], seen
  end

  def test_the_settings_of_the_guide
    seen = run_with_server("#{Guide.block("boot.rb")}\nputs Hookrail.client.send_event('a', {}).attempts")
    assert_equal 1, seen.json
  end

  def test_a_wrong_setting_is_reported_at_the_first_use_and_can_be_corrected
    seen = run_with_server(<<~CODE).json
      Hookrail.configure(timeot: 5)
      wrong = (Hookrail.client rescue $!.message)
      Hookrail.configure(timeout: 5)
      puts JSON.generate([wrong, Hookrail.client.send_event("a", {}).attempts])
    CODE
    assert_match(/\Aunknown keyword :timeot; there are /, seen[0])
    assert_equal 1, seen[1]
  end

  def test_a_test_can_put_another_object_in_its_place
    seen = run_with_server(<<~CODE).json
      fake = Struct.new(:closed) { def close(timeout:) = (self.closed = timeout) && 0 }.new
      Hookrail.client = fake
      same = Hookrail.client.equal?(fake)
      Hookrail.client = nil
      puts JSON.generate([same, Hookrail.client.class])
    CODE
    assert_equal [true, "Hookrail::Client"], seen
  end

  def test_a_signal_handler_may_use_it
    result = run_with_server(<<~CODE)
      Hookrail.client
      trap(:USR1) { Hookrail.client.send_event("trapped", {}) }
      Process.kill(:USR1, Process.pid)
      sleep 0.01
    CODE
    assert_equal [1, ""], [server.events.size, result.errors]
  end
end
