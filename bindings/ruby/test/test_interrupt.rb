# frozen_string_literal: true

require_relative "helper"
require "socket"
require "timeout"
require "tmpdir"

# Every wait ends soon after an interrupt, at each stage of a call.
class TestInterrupt < HookrailTest
  STAGES = {
    request: { never_answer: "before_reading", times: "always" },
    body: { never_answer: "after_headers", times: "always" },
    answer: { never_answer: true, record: true, times: "always" },
    dribble: { dribble: { bytes: 1, interval_ms: 500 }, times: "always" },
    backoff: { status: 503, headers: { "Retry-After" => "20" }, times: "always" }
  }.freeze
  # Larger than the kernel's buffers, so that writing blocks unless the peer reads.
  LARGE = JSON.generate("x" * 8_000_000).freeze

  STAGES.each do |stage, fault|
    define_method("test_timeout_ends_a_send_at_#{stage}") do
      server.faults(fault)
      assert_ends_soon(usable) { |used| used.send_event("a", payload(stage)) }
    end

    define_method("test_kill_and_raise_end_a_send_at_#{stage}") do
      server.faults(fault)
      used = usable
      { kill: [], raise: ["enough"] }.each do |method, arguments|
        overruns = Array.new(TRIES) { thread_overrun(used, payload(stage), method, arguments) }
        assert_operator overruns.min, :<, 0.1, "#{method}: #{overruns}"
      end
      assert_usable(used)
    end
  end

  def test_timeout_ends_a_send_while_it_connects
    full_listener do |url|
      assert_ends_soon(Hookrail::Client.new(api_key: API_KEY, base_url: url, timeout: NEVER, connect_timeout: NEVER),
                       afterwards: false) { |used| used.send_event("a", {}) }
    end
  end

  def test_timeout_ends_a_tls_handshake
    TCPServer.open("127.0.0.1", 0) do |silent|
      used = Hookrail::Client.new(api_key: API_KEY, base_url: "https://127.0.0.1:#{silent.addr[1]}", timeout: NEVER)
      assert_ends_soon(used, afterwards: false) { used.send_event("a", {}) }
    end
  end

  def test_timeout_ends_the_other_calls
    used = usable
    prepared = used.prepare_event("a", {})
    server.faults({ match: {}, never_answer: true, times: "always" })
    submission = used.submit("a", {})
    {
      get_event: -> { used.get_event("x") }, send_prepared: -> { used.send_prepared(prepared) },
      value: -> { submission.value }, flush: -> { used.flush }, each: -> { used.completions.each { flunk } },
      close: -> { used.close }
    }.each do |name, wait|
      overrun = Array.new(TRIES) { overrun(0.1) { wait.call } }.min
      assert_operator overrun, :<, 0.1, name
    end
  end

  def test_ctrl_c_ends_a_send_and_leaves_the_client_usable
    STAGES.each do |stage, fault|
      server.faults(fault)
      result = ruby_json(<<~CODE, server.url, payload(stage).bytesize - 2, TRIES)
        require "hookrail"
        # A shell makes its background jobs ignore SIGINT, and child processes inherit that.
        trap(:INT, "DEFAULT")
        client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], payload_limit: 0, timeout: 30)
        payload = JSON.generate("x" * ARGV[1].to_i)
        fired = nil
        overruns = Array.new(ARGV[2].to_i) do
          Thread.new { sleep 0.1; fired = Process.clock_gettime(1); Process.kill(:INT, Process.pid) }
          client.send_event("a", payload)
        rescue Interrupt
          Process.clock_gettime(1) - fired
        end
        # The faults are for POST only.
        begin
          client.get_event("x")
        rescue Hookrail::NotFoundError => e
          puts JSON.generate(overruns:, afterwards: e.status)
        end
      CODE
      assert_operator result[:overruns].min, :<, 0.1, "#{stage}: #{result}"
      assert_equal "not_found", result[:afterwards]
    end
  end

  def test_a_trap_runs_during_a_send_and_does_not_end_it
    assert_in_some_try("the trap ran before the answer came") do
      server.reset
      server.faults({ delay_ms: 3_000 })
      result = ruby_json(<<~CODE, server.url)
        require "hookrail"
        require "net/http"
        client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
        done = false
        during = nil
        trap(:USR1) { during = !done }
        Thread.new do
          Net::HTTP.get(URI(ARGV[0] + "/_control/wait?requests=1&timeout_ms=50000"))
          Process.kill(:USR1, Process.pid)
        end
        accepted = client.send_event("a", {})
        done = true
        puts JSON.generate(attempts: accepted.attempts, during:)
      CODE
      assert_equal [1, 1], [result[:attempts], server.summary["requests"]]
      result[:during]
    end
  end

  def test_an_event_can_be_sent_in_a_trap
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
      attempts = nil
      trap(:USR1) { attempts = client.send_event("a", {}).attempts }
      Process.kill(:USR1, Process.pid)
      sleep 0.01 until attempts
      puts JSON.generate(attempts:)
    CODE
    assert_equal({ attempts: 1 }, result)
  end

  # The late answer is sent while the next call waits for its own.
  def test_a_call_never_sees_the_answer_of_an_earlier_cancelled_call
    used = client
    6.times do |round|
      assert_in_some_try("given up before the answer came") do
        server.faults({ match: { topic: "slow" }, delay_ms: 1000 }, { match: { topic: "next" }, delay_ms: 1200 })
        given_up?(0.005 + (round * 0.03)) { used.send_event("slow", { round: }) }
      end
      accepted = used.send_event("next", { round: })
      assert_equal ["next", %({"round":#{round}})], server.event(accepted.event_id).values_at("topic", "payload")
    end
  end

  def test_the_event_of_a_cancelled_call_is_not_sent_again
    server.faults({ never_answer: true, record: true, times: "always" })
    used = client
    thread_overrun(used, "{}", :kill, [])
    server.wait(max_open_connections: 0)
    assert_equal 1, server.summary["requests"]
  end

  private

  def usable
    client(payload_limit: 0, timeout: NEVER, read_timeout: NEVER, write_timeout: NEVER)
  end

  def assert_usable(used)
    server.faults
    assert_equal "afterwards", server.event(used.send_event("afterwards", {}).event_id)["topic"]
  end

  def given_up?(limit, &)
    Timeout.timeout(limit, &)
    false
  rescue Timeout::Error
    true
  end

  # Returns how long a block continues after its time is over.
  def overrun(limit, &)
    time = elapsed { assert_raises(Timeout::Error) { Timeout.timeout(limit, &) } }
    time - limit
  end

  def assert_ends_soon(used, afterwards: true)
    overruns = Array.new(TRIES) { overrun(0.3) { yield used } }
    assert_operator overruns.min, :<, 0.1, overruns.inspect
    assert_usable(used) if afterwards
  end

  def payload(stage)
    stage == :body ? LARGE : "{}"
  end

  def thread_overrun(used, payload, method, arguments)
    before = server.summary["requests"]
    thread = Thread.new { used.send_event("a", payload) }
    thread.report_on_exception = false
    server.wait(requests: before + 1)
    elapsed do
      thread.public_send(method, *arguments)
      arguments.empty? ? thread.join : assert_raises(RuntimeError) { thread.join }
    end
  end

  # A listener whose queue is full: a new connection has to wait.
  def full_listener
    listener = Socket.new(:INET, :STREAM)
    listener.bind(Addrinfo.tcp("127.0.0.1", 0))
    listener.listen(0)
    address = listener.local_address
    waiting = Array.new(3) do
      Socket.new(:INET, :STREAM).tap { |socket| socket.connect_nonblock(address, exception: false) }
    end
    yield "http://127.0.0.1:#{address.ip_port}"
  ensure
    [listener, *waiting].each { |socket| socket&.close }
  end
end
