# frozen_string_literal: true

require_relative "helper"
require "pathname"
require "tmpdir"

class TestClient < HookrailTest
  def test_an_event_is_recorded_as_it_was_sent
    accepted = client.send_event("order.paid", { order_id: "o_1", "total" => [1, 2.5, nil, "é"] },
                                 idempotency_key: "key-1", ordering_key: "o_1")
    event = server.event(accepted.event_id)
    assert_equal ["order.paid", "key-1", "o_1", '{"order_id":"o_1","total":[1,2.5,null,"é"]}'],
                 event.values_at("topic", "idempotency_key", "ordering_key", "payload")
  end

  def test_the_bytes_of_a_json_string_are_sent_unchanged
    json = %({ "b" :1,\t"a": "\\u00e9" })
    assert_equal json, server.event(client.send_event("a", json).event_id)["payload"]
    assert_equal '"é"', server.event(client.send_event("a", '"é"'.encode("UTF-16LE")).event_id)["payload"]
  end

  def test_the_user_agent_names_the_language
    client(user_agent_suffix: "shop/2.1").send_event("a", {})
    agent = server.requests.first["headers"].to_h["user-agent"]
    assert_equal "hookrail-ruby/#{Hookrail::VERSION} shop/2.1", agent
  end

  def test_an_event_is_sent_once_per_key
    first, second = Array.new(2) { client.send_event("a", [1], idempotency_key: "same") }
    assert_equal [false, true], [first.replayed?, second.replayed?]
    assert_equal first.event_id, second.event_id
    assert_equal 1, server.summary["events"]
  end

  def test_each_event_has_its_own_random_key
    keys = Array.new(3) { client.send_event("a", {}).idempotency_key }
    assert_equal 3, keys.uniq.size
    assert(keys.all? { |key| key.match?(/\A\h{8}-\h{4}-4\h{3}-[89ab]\h{3}-\h{12}\z/) })
  end

  def test_the_status_of_an_event
    server.faults({ match: { method: "GET" }, status: 200, body: {
                    event_id: "e", topic: "t", deliveries: [
                      { delivery_id: "d", state: "retry_scheduled", attempts_truncated: true, attempts: [
                        { attempt_no: 2, claim_version: 3, status: "retryable_failure", latency_ms: 1500,
                          http_status: 500 },
                        { attempt_no: 3, claim_version: 4, status: "retryable_failure", error_class: "timeout" }
                      ] },
                      { delivery_id: "f", state: "paused", attempts: nil }
                    ]
                  } })
    status = client.get_event("e")
    assert_equal [%w[d f], %i[retry_scheduled unknown], %w[retry_scheduled paused], [true, false]],
                 [status.deliveries.map(&:id), status.deliveries.map(&:state), status.deliveries.map(&:state_text),
                  status.deliveries.map(&:attempts_truncated?)]
    assert_equal [2, 3, "retryable_failure", 500, nil, 1.5], status.deliveries[0].attempts[0].to_h.values
    assert_equal [3, 4, "retryable_failure", nil, "timeout", nil], status.deliveries[0].attempts[1].to_h.values
  end

  def test_an_unknown_event_is_not_found
    error = assert_raises(Hookrail::NotFoundError) { client.get_event("01M848CC7JQKG9S401ZQBQWPPX") }
    assert_equal 404, error.http_status
  end

  def test_any_process_may_send_a_prepared_event_and_it_is_recorded_once
    prepared = client.prepare_event("a", { n: 1 }, idempotency_key: "prepared-1", ordering_key: "o")
    assert_equal 0, server.summary["requests"]
    blob = ruby_json(<<~CODE, prepared.blob.unpack1("H*"), server.url)
      require "hookrail"
      client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[1])
      puts JSON.generate(client.send_prepared([ARGV[0]].pack("H*")).to_h)
    CODE
    again = client.send_prepared(prepared)
    assert_equal ["prepared-1", blob[:event_id], true], [again.idempotency_key, again.event_id, again.replayed?]
    assert_raises(Hookrail::DamagedBlobError) { client.send_prepared("#{prepared.blob} ") }
  end

  def test_with_a_block_the_client_is_closed_and_the_blocks_value_returned
    kept = nil
    result = Hookrail::Client.new(api_key: API_KEY, base_url: server.url) do |client|
      kept = client
      client.send_event("a", {}).attempts
    end
    assert_equal 1, result
    assert_raises(Hookrail::ClosedError) { kept.send_event("a", {}) }
    assert_raises(KeyError) { Hookrail::Client.new(api_key: API_KEY) { |client| kept = client and {}.fetch(:x) } }
    assert_raises(Hookrail::ClosedError) { kept.get_event("x") }
  end

  def test_a_client_is_closed_more_than_once_without_harm
    used = client
    used.send_event("a", {})
    assert_equal [0, 0], [used.close, used.close]
  end

  def test_the_environment_provides_key_and_url
    code = 'require "hookrail"; puts JSON.generate(Hookrail::Client.new.send_event("a", {}).attempts)'
    environment = { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => server.url }
    assert_equal 1, ruby_json(code, env: environment)
  end

  def test_without_a_key_there_is_no_client
    assert_match(/HOOKRAIL_API_KEY/, assert_raises(Hookrail::ConfigurationError) { Hookrail::Client.new }.message)
  end

  def test_settings_are_checked
    {
      timeout: [0, -1, Float::NAN, Float::INFINITY, "1", 86_401, Complex(1, 1)], connect_timeout: [0],
      read_timeout: [0], write_timeout: [nil.to_a], delivery_timeout: [0], max_retries: [-1, 1.5, 2**31],
      workers: [0, 4097], idle_connections: [-1], max_connection_age: [-1, 86_401, "0", false], payload_limit: [-1],
      queue_max_events: [0], queue_max_bytes: ["1"],
      tls_roots: [:none], user_agent_suffix: ["", "é"], ca_pem: ["no certificate"], ca_file: ["/nonexistent"],
      backoff: [0, "1", false], backoff_cap: [-1, "5", Float::NAN, Complex(0, 2)], proxy: [5]
    }.each do |name, values|
      values.each do |value|
        error = assert_raises(Hookrail::Error, "#{name}: #{value.inspect}") { client(name => value) }
        assert_includes %i[invalid_argument configuration], error.status
      end
    end
    error = assert_raises(Hookrail::InvalidArgumentError) { client(time_out: 1) }
    assert_match(/unknown keyword :time_out; there are api_key, base_url, timeout/, error.message)
  end

  def test_settings_of_a_send_are_checked
    used = client
    %i[idempotency_key ordering_key timeout].product([false, 5i]).each do |name, value|
      error = assert_raises(Hookrail::InvalidArgumentError) { used.send_event("a", {}, name => value) }
      assert_match(/\A#{name} must be/, error.message)
    end
    assert_equal 0, server.summary["requests"]
  end

  def test_plain_http_and_a_missing_base_url_can_be_refused
    make = lambda do |url, **settings|
      Hookrail::Client.new(api_key: "hk_dev", base_url: url, proxy: false, **settings).close
    end
    strict = { require_https: true, require_base_url: true }
    ["http://192.0.2.1", nil].each { |url| make.call(url) }
    ["http://127.0.0.1:1", "https://192.0.2.1"].each { |url| make.call(url, **strict) }
    ["http://192.0.2.1", nil].each do |url|
      assert_raises(Hookrail::ConfigurationError, url.inspect) { make.call(url, **strict) }
    end
  end

  def test_settings_are_taken
    settings = { timeout: 30, connect_timeout: 20.5, read_timeout: Rational(41, 2), write_timeout: 20.5,
                 max_retries: 0, backoff: 0.001, backoff_cap: 0.5, respect_retry_after: false, tls_roots: :platform,
                 proxy: false, idle_connections: 0, max_connection_age: 0, payload_limit: 10, user_agent_suffix: "x/1",
                 queue_max_events: 5, queue_max_bytes: 1000, workers: 1, delivery_timeout: 3 }
    limited = client(**settings)
    assert_equal 1, limited.send_event("a", "[1,2,3]").attempts
    assert_raises(Hookrail::PayloadTooLargeError) { limited.send_event("a", "[1,2,3,4,5]") }
  end

  def test_a_connection_that_has_reached_its_age_is_replaced
    { 0.001 => 3, 0 => 1 }.each do |age, connections|
      server.reset
      server.faults({ delay_ms: 5, times: "always" })
      used = client(max_connection_age: age)
      3.times { used.send_event("a", {}) }
      assert_equal connections, server.summary["connections"]
    end
  end

  def test_each_backoff_setting_works_without_the_other
    [{ backoff: 0.001 }, { backoff: 20 }, { backoff_cap: 0.05 }, { backoff_cap: 20 }, { backoff: 0.1, timeout: 2 },
     { backoff_cap: 1, timeout: 2 }].each { |settings| assert client(**settings) }
  end

  def test_a_timeout_of_a_call_replaces_the_clients
    server.faults({ never_answer: true, times: "always" })
    used = client(timeout: NEVER)
    time = elapsed do
      assert_raises(Hookrail::RetriesExhaustedError, Hookrail::TimeoutError) { used.send_event("a", {}, timeout: 0.2) }
    end
    assert_operator time, :<, NEVER / 2
    [0, -1, Float::NAN, "1"].each do |timeout|
      assert_raises(Hookrail::InvalidArgumentError) { used.send_event("a", {}, timeout:) }
      assert_raises(Hookrail::InvalidArgumentError) { used.get_event("a", timeout:) unless timeout.nil? }
    end
  end

  def test_tls_needs_a_trusted_authority
    Dir.mktmpdir do |folder|
      secure = start_server("--tls-self-signed", folder)
      # The server may be slow in the handshake.
      settings = { api_key: API_KEY, base_url: secure.url, connect_timeout: NEVER }
      error = assert_raises(Hookrail::TLSError) { Hookrail::Client.new(**settings).send_event("a", {}) }
      assert_equal :not_sent, error.outcome
      authority = File.join(folder, "ca.pem")
      [{ ca_file: authority }, { ca_file: Pathname(authority) },
       { ca_pem: File.read(authority), tls_roots: :extra_only }].each do |trust|
        assert_equal 1, Hookrail::Client.new(**settings, **trust).send_event("a", {}).attempts
      end
    end
  end

  def test_stats_count_what_happened
    used = client(backoff: 0.001)
    server.faults({ status: 503 })
    used.send_event("a", {})
    stats = used.stats
    assert_equal [1, 2, 1, { server_error: 1 }], stats.values_at(:requests, :attempts, :successes, :retries)
  end

  def test_a_proxys_password_is_never_shown
    proxy = "http://user:topsecret@127.0.0.1:1"
    used = Hookrail::Client.new(api_key: "hk_x", base_url: "http://h.invalid", proxy:, max_retries: 0)
    error = assert_raises(Hookrail::RetriesExhaustedError) { used.send_event("a", {}) }
    shown = [used.inspect, error.full_message, error.inspect, error.cause.inspect]
    error = assert_raises(Hookrail::ConfigurationError) { Hookrail::Client.new(api_key: "hk_x", proxy: "#{proxy}/x") }
    shown << error.full_message
    shown.each { |text| refute_includes text, "topsecret" }
  end

  def test_a_client_cannot_be_marshalled
    assert_raises(TypeError) { Marshal.dump(client) }
  end

  def test_the_key_is_never_shown
    secret = "hk_topsecret"
    used = Hookrail::Client.new(api_key: secret, base_url: server.url)
    error = assert_raises(Hookrail::AuthenticationError) { used.send_event("a", {}) }
    [used.inspect, error.message, error.full_message, error.inspect].each { |text| refute_includes text, "topsecret" }
    error = assert_raises(Hookrail::ConfigurationError) { Hookrail::Client.new(api_key: "#{secret}\n") }
    refute_includes error.message, "topsecret"
    error = assert_raises(Hookrail::InvalidArgumentError) { Hookrail::Client.new(api_key: secret.to_sym) }
    refute_includes error.message, "topsecret"
  end
end
