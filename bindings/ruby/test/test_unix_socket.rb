# frozen_string_literal: true

require_relative "helper"
require_relative "support/small_service"
require "pathname"
require "tmpdir"

# A service that listens at a unix socket.
class TestUnixSocket < HookrailTest
  def setup
    @folder = Dir.mktmpdir
    @path = File.join(@folder, "service.sock")
  end

  def teardown
    @service&.stop
    FileUtils.rm_rf(@folder)
    super
  end

  def test_requests_go_over_the_socket
    @service = SmallService.new(UNIXServer.new(@path))
    [{ unix_socket: @path, base_url: "http://service.example/prefix" }, { unix_socket: Pathname(@path) },
     { base_url: "unix:#{@path}" }].each do |settings|
      used = Hookrail::Client.new(api_key: API_KEY, require_https: true, **settings)
      assert_equal "e_1", used.send_event("a", {}).event_id
      assert_equal :delivered, used.submit("a", {}).wait.outcome
    end
    lines = Array.new(6) { @service.seen.pop }
    assert_equal ["POST /prefix/v1/events HTTP/1.1", "POST /v1/events HTTP/1.1"], lines.uniq
  end

  def test_a_socket_that_is_not_there_is_a_connection_error
    used = Hookrail::Client.new(api_key: API_KEY, unix_socket: @path, max_retries: 0)
    error = assert_raises(Hookrail::RetriesExhaustedError) { used.send_event("a", {}) }
    assert_equal [Hookrail::ConnectionError, :not_sent], [error.last_error.class, error.outcome]
    assert_includes error.message, @path
  end

  def test_what_cannot_be_a_socket_is_refused
    ["relative.sock", "/#{"a" * 200}", "/a\0b", 5].each do |path|
      error = assert_raises(Hookrail::InvalidArgumentError) { Hookrail::Client.new(api_key: "k", unix_socket: path) }
      assert_match(/unix.socket/, error.message)
    end
    assert_raises(Hookrail::ConfigurationError) do
      Hookrail::Client.new(api_key: "k", unix_socket: @path, proxy: "http://127.0.0.1:1")
    end
  end
end
