# frozen_string_literal: true

require_relative "helper"
require_relative "support/puma"

class TestPuma < HookrailTest
  SECRET = "whsec_puma"
  WORKERS = 4
  ORDERS = 60
  CLUSTER = File.join(__dir__, "fixtures/cluster.ru")

  # The service must not repeat a slow delivery: each order counts once.
  def server
    @server ||= start_server("--delivery-timeout-ms", "60000")
  end

  def env
    { "SERVICE_URL" => server.url, "WEBHOOK_SECRET" => SECRET }
  end

  def test_a_cluster_of_workers_uses_a_preloaded_client
    puma = Puma.new(CLUSTER, "--workers", WORKERS.to_s, "--threads", "2:2", "--preload", env:)
    WORKERS.times { puma.read_until(/Worker \d+ .*booted/) }
    server.add_endpoint("#{puma.url}/", SECRET, topics: ["order.paid"])
    used = client
    Array.new(ORDERS) { |order| used.submit("order.paid", { order: }) }.each(&:value)
    server.wait(succeeded: ORDERS)
    output = puma.stop
    assert_equal ORDERS, server.summary["attempts"], output
    answers = server.events.group_by { |event| event["topic"] }
    assert_equal 1, answers["preloaded"].size
    %w[order.received order.noted].each do |topic|
      payloads = answers[topic].map { |event| JSON.parse(event["payload"]) }
      assert_equal((0...ORDERS).to_a, payloads.map { |payload| payload["order"] }.sort)
      assert_operator payloads.map { |payload| payload["pid"] }.uniq.size, :>, 1
    end
    # Puma may find its own selector closed when a connection becomes idle during its shutdown. That is no defect here.
    output = output.gsub(/^.* Read: #<IOError: selector is closed>$/, "")
    refute_match(/error|warn|thread\(s\) started/i, output)
  end

  def test_a_forged_webhook_does_not_get_through
    puma = Puma.new(CLUSTER, env:)
    body = '{"order":1}'
    { SECRET => "204", "whsec_other" => "401" }.each do |secret, status|
      headers = Hookrail::Testing.headers(body, secret:)
      assert_equal status, Net::HTTP.post(URI(puma.url), body, headers).code
    end
    # A body without a length, which the server has to assemble.
    request = Net::HTTP::Post.new("/", Hookrail::Testing.headers(body, secret: SECRET))
    request["transfer-encoding"] = "chunked"
    request.body_stream = StringIO.new(body)
    uri = URI(puma.url)
    assert_equal("204", Net::HTTP.start(uri.host, uri.port) { |http| http.request(request) }.code)
  ensure
    puma&.stop
  end
end
