# frozen_string_literal: true

require "minitest/autorun"

lib_dir = ENV.fetch("HOOKRAIL_LIB_DIR") { abort "HOOKRAIL_LIB_DIR must be the folder with libhookrail.so" }
ENV["HOOKRAIL_LIB"] ||= File.join(lib_dir, "libhookrail.so")
# What the machine has set up for itself must not get between the tests and their servers.
%w[HOOKRAIL_API_KEY HOOKRAIL_BASE_URL].each { |name| ENV.delete(name) }
%w[http_proxy https_proxy all_proxy].each { |name| [name, name.upcase].each { |key| ENV.delete(key) } }

$LOAD_PATH.unshift(File.expand_path("../lib", __dir__))
require "hookrail"
require_relative "support/devserver"
require_relative "support/subprocess"
require_relative "support/totals"

# What the tests share.
class HookrailTest < Minitest::Test
  include Subprocess

  GEM_ROOT = File.expand_path("..", __dir__)
  PROJECT_ROOT = File.expand_path("../..", GEM_ROOT)
  API_KEY = "hk_dev"
  NEVER = 30
  # What a machine that is busy with other things spoils, it leaves alone at least in the best of a few tries.
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

  def elapsed
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
  end

  # For what has to be in time: a process that is paused meanwhile misses it, and tries again.
  def assert_in_some_try(what, &)
    assert TRIES.times.any?(&), "#{what}: in none of #{TRIES} tries"
  end

  # Waits for something that another thread or process is about to do.
  def eventually(what, limit: 20)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + limit
    until (result = yield)
      flunk "#{what}: not within #{limit} seconds" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      Thread.pass
    end
    result
  end
end
