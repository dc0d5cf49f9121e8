# frozen_string_literal: true

require_relative "helper"

# Repeated work does not use more and more memory, whether it succeeds or fails.
class TestMemory < HookrailTest
  # Measures the growth of resident memory between a warm-up and many repetitions.
  METER = <<~CODE
    require "hookrail"
    def resident
      GC.start
      File.read("/proc/self/statm").split[1].to_i * 4
    end
    def grown(warm_up, times)
      warm_up.times { |n| yield n }
      before = resident
      times.times { |n| yield n }
      resident - before
    end
    def failing
      yield
      raise "it should have failed"
    rescue Hookrail::Error => e
      e.message
    end
  CODE
  # More than the garbage collector's slack, and far less than one leaked error or answer per repetition.
  ALLOWED_KB = 3 * 1024
  # glibc keeps freed memory per thread; this test is not about that.
  ENVIRONMENT = { "MALLOC_ARENA_MAX" => "1" }.freeze

  def measure(code, *arguments, limit: 300)
    ruby_json("#{METER}#{code}", *arguments, env: ENVIRONMENT, limit:)[:grown]
  end

  def test_verifying_a_hundred_thousand_times
    grown = measure(<<~CODE)
      verifier = Hookrail::Verifier.new("whsec_old", "whsec_a")
      body = JSON.generate("x" * 1000)
      headers = Hookrail::Testing.headers(body, secret: "whsec_a")
      puts JSON.generate(grown: grown(5_000, 100_000) { |n|
        case n % 4
        when 0, 1 then verifier.verify_request(headers, body)
        when 2 then failing { verifier.verify_request(headers, "forged") }
        else verifier.start(signature: headers["hookrail-signature"], delivery_id: headers["hookrail-delivery-id"]) << body
        end
      })
    CODE
    assert_operator grown, :<, ALLOWED_KB
  end

  # An attacker can announce a large body, with headers that look like a delivery's, and then send little of it.
  def test_a_stalled_request_takes_memory_for_what_has_arrived
    grown = measure(<<~CODE)
      require "hookrail/testing"
      app = Hookrail::Rack::VerifySignature.new(->(_) { [204, {}, []] }, secrets: "whsec_a")
      requests = 200
      stall = lambda do |&run|
        pipes = Array.new(requests) { IO.pipe }
        before = resident
        threads = pipes.map { |reader, _| Thread.new { run.call(reader) } }
        pipes.each { |_, writer| writer.write("[" * 1000) }
        Thread.pass until threads.all? { |thread| thread.status == "sleep" }
        grown = resident - before
        pipes.each { |_, writer| writer.close }
        [grown, threads.map(&:value)]
      end
      # The memory of the threads' stacks. It is measured twice, because the first run allocates memory that stays.
      bare = Array.new(2) { stall.call { |reader| reader.read(1024) } }.last.first
      environment = Hookrail::Testing.rack_env("", secret: "whsec_a").merge("CONTENT_LENGTH" => (8 << 20).to_s)
      held, answers = stall.call { |reader| app.call(environment.merge("rack.input" => reader))[0] }
      raise answers.tally.inspect unless answers == [408] * requests
      puts JSON.generate(grown: (held - bare) / requests)
    CODE
    # A read buffer of 16 KiB, and the objects of a verification.
    assert_operator grown, :<, 64
  end

  def test_sending_ten_thousand_times_with_errors
    server = start_server("--ledger-requests", "0")
    server.faults({ match: { topic: "refused" }, status: 422, body: "x" * 2000, times: "always" },
                  { match: { topic: "broken" }, reset: "after_reading", times: "always" })
    grown = measure(<<~CODE, server.url)
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], max_retries: 1, backoff: 0.001)
      puts JSON.generate(grown: grown(2_000, 10_000) { |n|
        case n % 5
        when 0 then client.send_event("a", { n: })
        when 1 then failing { client.send_event("refused", { n: }) }
        when 2 then failing { client.send_event("broken", { n: }) }
        when 3 then failing { client.get_event("unknown") }
        else client.submit("a", { n: }, idempotency_key: "key-\#{n}", ordering_key: "o").value
        end
      })
    CODE
    assert_operator grown, :<, ALLOWED_KB
  end

  def test_cancelling_a_thousand_calls
    server = start_server("--ledger-requests", "0")
    server.faults({ never_answer: true, times: "always" })
    grown = measure(<<~CODE, server.url)
      require "timeout"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
      puts JSON.generate(grown: grown(200, 1_000) {
        begin
          Timeout.timeout(0.001) { client.send_event("a", {}) }
        rescue Timeout::Error
          nil
        end
      }, descriptors: Dir.children("/proc/self/fd").size)
    CODE
    assert_operator grown, :<, ALLOWED_KB
  end

  def test_making_clients_and_verifiers
    grown = measure(<<~CODE, server.url)
      puts JSON.generate(grown: grown(200, 2_000) {
        Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], timeout: 1) { |client| client.prepare_event("a", {}) }
        Hookrail::Verifier.new("whsec_a")
        failing { Hookrail::Client.new(api_key: "hk_dev", base_url: "nonsense") }
      })
    CODE
    assert_operator grown, :<, ALLOWED_KB
  end

  def test_everything_while_the_collector_runs_at_each_allocation
    result = ruby_json(<<~CODE, server.url, limit: 300)
      #{METER}
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
      verifier = Hookrail::Verifier.new("whsec_a")
      body = "{}"
      headers = Hookrail::Testing.headers(body, secret: "whsec_a")
      GC.stress = true
      2.times do |n|
        accepted = client.send_event("a", { n: })
        client.get_event(accepted.event_id)
        failing { client.send_event("", {}) }
        verifier.verify_request(headers, body)
        failing { verifier.verify_request(headers, "forged") }
        client.send_prepared(client.prepare_event("a", [n]))
        client.submit("a", { n: }).value
      end
      client.submit("a", {})
      taken = client.completions.to_a.size
      GC.stress = false
      puts JSON.generate(taken:, successes: client.stats[:successes])
    CODE
    assert_equal 1, result[:taken]
    assert_operator result[:successes], :>=, 4
    assert_equal 7, server.summary["events"]
  end
end
