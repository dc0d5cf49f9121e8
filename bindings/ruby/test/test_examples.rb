# frozen_string_literal: true

require_relative "helper"
require_relative "support/puma"

class TestExamples < HookrailTest
  EXAMPLES = File.join(GEM_ROOT, "examples")

  def test_the_sender_sends_and_the_receiver_receives
    receiver = Puma.new(File.join(EXAMPLES, "config.ru"), "--config", File.join(EXAMPLES, "puma.rb"),
                        env: { "WEBHOOK_SECRET" => "whsec_old,whsec_dev", "BIND" => "tcp://127.0.0.1:0",
                               "WORKERS" => "0" })
    server.add_endpoint("#{receiver.url}/webhooks", "whsec_dev")
    result = run_sender(server.url)
    assert_predicate result, :ok?, result.errors
    assert_equal 5, result.output.scan("is recorded").size
    server.wait(succeeded: 5)
    output = receiver.stop
    (1..5).each { |n| assert_match(/received order.paid .*o_#{n}/, output) }
  end

  def test_the_sender_reports_the_outcome_of_a_failure
    server.faults({ status: 403 })
    result = run_sender(server.url)
    assert_equal 1, result.status.exitstatus
    assert_match(/The event was not recorded: .*403/, result.errors)
    server.faults({ status: 202, body: "no", content_type: "text/plain", record: true, times: "always" })
    assert_match(/idempotency key is \h{8}-/, run_sender(server.url).errors)
  end

  private

  def run_sender(url)
    ruby("load ARGV[0]", File.join(EXAMPLES, "sender.rb"),
         env: { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => url })
  end
end
