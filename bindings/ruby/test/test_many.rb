# frozen_string_literal: true

require_relative "helper"

# Many sends at the same time: how many threads and descriptors they take.
class TestMany < HookrailTest
  # The beginning of each program. Its server answers no event until it is told to.
  PREPARED = <<~CODE
    require "json"
    require "net/http"
    require "hookrail"
    $client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], timeout: 120, read_timeout: 120)
    COUNT = Integer(ARGV[1])

    def control(method, path, body = nil)
      Net::HTTP.start(URI(ARGV[0]).host, URI(ARGV[0]).port) do |http|
        http.read_timeout = 120
        http.send_request(method, "/_control/" + path, body, { "Content-Type" => "application/json" }).value
      end
    end

    # Waits until none of the sends is answered and each has a connection.
    def wait_for_sends
      control("GET", "wait?requests=\#{COUNT}&timeout_ms=100000")
    end

    def descriptors
      Dir.each_child("/proc/self/fd").filter_map { |fd| File.readlink("/proc/self/fd/" + fd) rescue nil }
    end

    def counted
      { threads: Dir.children("/proc/self/task").size, events: descriptors.grep(/eventfd/).size,
        sockets: descriptors.grep(/socket/).size }
    end
  CODE

  def test_a_thousand_fibers_take_one_thread_and_one_descriptor_of_the_library
    before = in_fibers(1)
    during = in_fibers(1_000)
    assert_equal before[:threads], during[:threads]
    assert_equal before[:events], during[:events]
    assert_equal 999, during[:sockets] - before[:sockets]
    assert_operator during[:threads], :<, 10
  end

  def test_two_hundred_threads_take_no_thread_or_descriptor_of_the_library
    server.faults({ never_answer: true, times: "always" })
    result = ruby_json(<<~CODE, server.url, 200)
      #{PREPARED}
      before = counted
      sends = Array.new(COUNT) { Thread.new { $client.send_event("a", {}) } }
      wait_for_sends
      during = counted
      sends.each(&:kill).each(&:join)
      puts JSON.generate(during.to_h { |name, count| [name, count - before[name]] })
    CODE
    assert_equal({ threads: 200, events: 0, sockets: 200 }, result)
  end

  def test_each_of_many_fibers_gets_its_own_answer_also_if_others_stop
    result = ruby_json(<<~CODE, server.url, 0)
      #{PREPARED}
      require "async"
      answered = Thread::Queue.new
      # Two schedulers share the client: each may collect the other's calls.
      threads = Array.new(2) do |thread|
        Thread.new do
          Async do |task|
            fibers = Array.new(300) do |n|
              task.async { answered << ["\#{thread}-\#{n}", $client.send_event("a", { id: "\#{thread}-\#{n}" }).event_id] }
            end
            fibers.each_with_index { |fiber, n| fiber.stop if (n % 3).zero? }
            fibers.each(&:wait)
          end
        end
      end
      threads.each(&:join)
      puts JSON.generate(Array.new(answered.size) { answered.pop })
    CODE
    payloads = recorded_payloads
    assert_operator result.size, :>=, 400
    result.each { |id, event_id| assert_equal({ "id" => id }, payloads.fetch(event_id)) }
  end

  private

  # Returns what the given number of fibers take while they wait for their answers.
  def in_fibers(count)
    server.reset
    server.faults({ never_answer: true, times: "always" })
    ruby_json(<<~CODE, server.url, count)
      #{PREPARED}
      require "async"
      Async do |task|
        sends = Array.new(COUNT) { task.async { $client.send_event("a", {}) } }
        Thread.new { wait_for_sends }.join
        $counted = counted
        sends.each(&:stop)
      end
      puts JSON.generate($counted)
    CODE
  end
end
