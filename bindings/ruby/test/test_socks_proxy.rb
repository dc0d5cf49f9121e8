# frozen_string_literal: true

require_relative "helper"
require_relative "support/socks_proxy"

# The way to the service leads through a SOCKS proxy.
class TestSocksProxy < HookrailTest
  def setup
    @proxy = SocksProxy.new(URI(server.url).port)
  end

  def teardown
    @proxy.stop
    super
  end

  def send_through(proxy, host)
    used = Hookrail::Client.new(api_key: API_KEY, base_url: "http://#{host}:80", proxy:)
    assert_equal 1, used.send_event("a", {}).attempts
    @proxy.seen.pop
  end

  def test_names_are_looked_up_here_or_by_the_proxy
    assert_equal ["127.0.0.1", nil], send_through("socks5://127.0.0.1:#{@proxy.port}", "127.0.0.1")
    assert_equal ["service.invalid", nil], send_through("socks5h://127.0.0.1:#{@proxy.port}", "service.invalid")
    used = Hookrail::Client.new(api_key: API_KEY, base_url: "http://service.invalid", max_retries: 0,
                                proxy: "socks5://127.0.0.1:#{@proxy.port}")
    assert_match(/service.invalid/, assert_raises(Hookrail::Error) { used.send_event("a", {}) }.message)
    assert_empty @proxy.seen
  end

  def test_user_and_password
    assert_equal ["service.invalid", ["us er", "s3cret"]],
                 send_through("socks5h://us%20er:s3cret@127.0.0.1:#{@proxy.port}", "service.invalid")
  end
end
