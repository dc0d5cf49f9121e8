# frozen_string_literal: true

require_relative "helper"

# A client that was made before a fork works after it, in parent and child, without a hook.
class TestFork < HookrailTest
  # The beginning of each program: a client that has sent an event, and so has connections.
  PREPARED = <<~CODE
    require "hookrail"
    $client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
    $verifier = Hookrail::Verifier.new("whsec_a")
    $client.send_event("before", {})
    def work(name)
      accepted = $client.send_event(name, { pid: Process.pid })
      body = "{}"
      $verifier.verify_request(Hookrail::Testing.headers(body, secret: "whsec_a"), body)
      submitted = $client.submit(name, { pid: Process.pid }).value(timeout: 20)
      [accepted.idempotency_key, submitted.idempotency_key]
    end
  CODE

  WAYS = {
    fork: <<~CODE,
      children = Array.new(8) { fork { work("child") } }
      work("parent")
      children.each { |pid| Process.wait(pid); abort "child failed" unless $?.success? }
    CODE
    popen: <<~CODE,
      IO.popen("-") { |io| io ? (work("parent"); io.read == "ok" or abort "child failed") : (work("child"); print "ok") }
    CODE
    daemon: <<~CODE,
      reader, writer = IO.pipe
      if fork
        writer.close
        reader.read == "ok" or abort "daemon failed"
      else
        Process.daemon(true, true)
        work("child")
        writer.write("ok")
        exit!
      end
    CODE
    grandchildren: <<~CODE
      fork { work("child"); fork { work("grandchild") }; Process.wait; exit $?.exitstatus }
      Process.wait
      $?.success? or abort "child failed"
    CODE
  }.freeze

  WAYS.each do |way, code|
    define_method("test_#{way}") do
      result = ruby(PREPARED + code, server.url)
      assert_predicate result, :ok?, result.errors
      assert_empty result.errors
      summary = server.wait(max_open_connections: 0)
      # No event is duplicated, and no two processes use the same key.
      assert_equal summary["requests"], summary["distinct_keys"]
      assert_equal summary["requests"], summary["events"]
      assert_operator summary["events"], :>, 2
    end
  end

  def test_connections_are_not_shared_with_the_parent
    result = ruby(<<~CODE, server.url)
      #{PREPARED}
      pid = fork { 50.times { |n| $client.send_event("child", { n: }) } }
      50.times { |n| $client.send_event("parent", { n: }) }
      Process.wait(pid)
    CODE
    assert_predicate result, :ok?, result.errors
    topics = server.requests.group_by { |request| request["connection"] }.values.map do |requests|
      requests.map { |request| JSON.parse(request["body"]["text"])["topic"] }.uniq - ["before"]
    end
    assert(topics.all? { |list| list.size <= 1 }, topics.inspect)
  end

  def test_events_submitted_by_the_parent_stay_with_the_parent
    server.faults({ delay_ms: 300, times: "always" })
    result = ruby_json(<<~CODE, server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
      submissions = Array.new(5) { |n| client.submit("a", { n: }) }
      IO.popen("-") do |io|
        if io
          puts JSON.generate(child: JSON.parse(io.read), parent: submissions.map { |one| one.value.attempts })
        else
          errors = submissions.map { |one| one.value rescue $!.status }
          own = client.submit("a", { child: true }).value.attempts
          print JSON.generate(errors:, own:, taken: client.completions.to_a.size, pending: client.pending)
        end
      end
    CODE
    child = { errors: ["forked"] * 5, own: 1, taken: 0, pending: { queued: 0, in_flight: 0, completions: 0 } }
    assert_equal({ child:, parent: [1] * 5 }, result)
    assert_equal 6, server.summary["events"]
  end

  def test_a_fork_while_other_threads_send
    result = ruby(<<~CODE, server.url)
      #{PREPARED}
      stop = false
      busy = Array.new(4) { Thread.new { $client.send_event("busy", {}) until stop } }
      submitter = Thread.new { $client.submit("busy", {}).wait until stop }
      20.times do
        pid = fork { work("child") }
        Process.wait(pid)
        $?.success? or abort "child failed"
      end
      stop = true
      [*busy, submitter].each(&:join)
    CODE
    assert_predicate result, :ok?, result.errors
    assert_empty result.errors
  end

  def test_a_child_that_only_exits_does_not_disturb_the_parent
    result = ruby_json(<<~CODE, server.url)
      #{PREPARED}
      5.times { Process.wait(fork { exit }); $?.success? or abort "child failed" }
      5.times { Process.wait(fork { $client.close; GC.start }); $?.success? or abort "child failed" }
      work("parent")
      puts JSON.generate(reused: $client.stats[:connections_reused])
    CODE
    assert_operator result[:reused], :>, 0
  end
end
