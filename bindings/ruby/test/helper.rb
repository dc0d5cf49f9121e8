# frozen_string_literal: true

require "minitest/autorun"
require "socket"

lib_dir = ENV.fetch("HOOKRAIL_LIB_DIR") { abort "HOOKRAIL_LIB_DIR must be the folder with libhookrail.so" }
ENV["HOOKRAIL_LIB"] ||= File.join(lib_dir, "libhookrail.so")
# The machine's own settings must not affect the tests.
%w[HOOKRAIL_API_KEY HOOKRAIL_BASE_URL].each { |name| ENV.delete(name) }
%w[http_proxy https_proxy all_proxy].each { |name| [name, name.upcase].each { |key| ENV.delete(key) } }

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__))
require "hookrail"
require_relative "support/devserver"
require_relative "support/subprocess"
require_relative "support/totals"

# The base of all tests.
class HookrailTest < Minitest::Test
  include Subprocess

  GEM_ROOT = File.expand_path("..", __dir__)
  PROJECT_ROOT = File.expand_path("../..", GEM_ROOT)
  API_KEY = "hk_dev"
  NEVER = 30
  # A busy machine may spoil a measured time, but hardly in each of a few tries.
  TRIES = 5

  def teardown
    @servers&.each(&:stop)
  end

  def start_server(*options)
    Devserver.new(*options).tap { |server| (@servers ||= []) << server }
  end

  def server
    @server ||= start_server
  end

  def client(**settings)
    Hookrail::Client.new(api_key: API_KEY, base_url: server.url, **settings)
  end

  # @return [Hash{String => Object}] the recorded payloads by the ids of their events
  def recorded_payloads
    server.events.to_h { |event| [event["event_id"], JSON.parse(event["payload"])] }
  end

  # @return [String] the URL of a port that refuses connections
  def refusing_url
    "http://127.0.0.1:#{TCPServer.open("127.0.0.1", 0) { |listener| listener.addr[1] }}"
  end

  def elapsed
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
  end

  # For conditions that depend on time: the machine may pause the process, which then has to try again.
  def assert_in_some_try(what, &)
    assert TRIES.times.any?(&), "#{what}: in none of #{TRIES} tries"
  end

  # Waits until the block is true because of another thread or process.
  def eventually(what, limit: 20)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + limit
    until (result = yield)
      flunk "#{what}: not within #{limit} seconds" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      Thread.pass
    end
    result
  end
end
