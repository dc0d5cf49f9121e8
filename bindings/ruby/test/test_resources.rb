# frozen_string_literal: true

require_relative "helper"

# A process that may open no more descriptors.
class TestResources < HookrailTest
  PROGRAM = <<~CODE
    require "json"
    require "hookrail"
    client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0], max_retries: 0)
    limit = Process.getrlimit(:NOFILE)
    Process.setrlimit(:NOFILE, 0, limit.last)
    failed = %i[send_event submit].map do |call|
      client.public_send(call, "a", {})
      nil
    rescue Hookrail::Error => e
      e
    end
    Process.setrlimit(:NOFILE, *limit)
    client.send_event("a", {})
    puts JSON.generate(failed.map { |e| [e.class, e.last_error.class, e.outcome, e.retryable?, e.message[/RLIMIT_NOFILE/]] })
  CODE

  def test_without_descriptors_an_error_names_the_missing_resource
    expected = ["Hookrail::OutOfResourcesError", "not_sent", true, "RLIMIT_NOFILE"]
    # The attempt of a send fails, and a submission comes to no attempt.
    errors = [["Hookrail::RetriesExhaustedError", *expected], ["Hookrail::OutOfResourcesError", *expected]]
    assert_equal errors, ruby_json(PROGRAM, server.url)
    assert_equal 1, server.summary["events"]
  end
end
