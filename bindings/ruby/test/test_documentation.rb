# frozen_string_literal: true

require_relative "helper"
require_relative "support/authority"
require "tmpdir"

# The examples in the documentation work.
class TestDocumentation < HookrailTest
  def examples(document)
    text = File.read(File.join(PROJECT_ROOT, document))
    text.scan(/^```ruby\n(.*?)^```/m).flatten
  end

  def test_the_readme_sends_an_event
    example, = examples("README.md")
    result = ruby(example, env: { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => server.url })
    assert_predicate result, :ok?, result.errors
    assert_equal "recorded as #{server.events.first["event_id"]}\n", result.output
    result = ruby(example, env: { "HOOKRAIL_API_KEY" => "hk_wrong", "HOOKRAIL_BASE_URL" => server.url })
    assert_match(/401.*\(the event is rejected\)/, result.errors)
  end

  def test_the_settings_of_the_guide_outlast_an_outage_of_two_seconds
    example = examples("docs/ruby.md").find { |text| text.include?("max_retries: 10") }
    before = Devserver.new
    before.faults({ status: 503, times: "always" })
    sending = Thread.new { ruby(example, env: { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => before.url }) }
    before.wait(requests: 1)
    before.stop
    sleep 2
    after = start_server("--port", URI(before.url).port.to_s)
    result = sending.value
    assert_match(/\Arecorded after ([2-9]|1[01]) attempts$/, result.output, result.errors)
    assert_equal 1, after.events.size
  end

  GUIDE = "docs/ruby.md"
  README = "bindings/ruby/README.md"
  # Examples for a test framework, and the library that runs them.
  FRAMEWORKS = { /Minitest::Test/ => "minitest/autorun", /^RSpec/ => "rspec/autorun" }.freeze

  # Runs examples in one process, with what test/fixtures/guide.rb has.
  def run_examples(examples, *options, **limits)
    Dir.mktmpdir do |folder|
      files = examples.each_with_index.map do |example, index|
        File.join(folder, "example_#{index}.rb").tap do |file|
          File.write(file, example.gsub("https://hooks.example.com", server.url).gsub("hk_...", API_KEY)
                                  .gsub("/etc/shop", folder))
        end
      end
      environment = { "HOOKRAIL_API_KEY" => API_KEY, "HOOKRAIL_BASE_URL" => server.url,
                      "WEBHOOK_SECRET" => "whsec_test", "GUIDE" => files.join(":"), **client_certificate(folder) }
      ruby("load #{File.join(__dir__, "fixtures/guide.rb").dump}", env: environment,
                                                                   options: ["-W0", *options], **limits)
    end
  end

  # Writes a certificate and its key into files, and returns them as settings of the environment.
  def client_certificate(folder)
    certificate, key = Authority.new("authority").issue("the shop", extendedKeyUsage: "clientAuth")
    password = "p4ssword"
    { "client.pem" => certificate.to_pem, "client.key" => key.to_pem,
      "encrypted.key" => key.to_pem(OpenSSL::Cipher.new("aes-128-cbc"), password) }.each do |name, text|
      File.write(File.join(folder, name), text)
    end
    { "CLIENT_PEM" => certificate.to_pem + key.to_pem, "KEY_PASSWORD" => password }
  end

  def plain_examples(document)
    examples(document).reject { |example| FRAMEWORKS.keys.any? { |pattern| pattern.match?(example) } }
  end

  def test_the_examples_of_the_guide_run
    found = plain_examples(GUIDE)
    assert_operator found.size, :>, 10
    result = run_examples(found)
    assert_predicate result, :ok?, result.errors
    reports = JSON.parse(result.output.lines.last)
    assert_includes reports, %w[paid o_9]
    assert_includes reports, %w[answered 204]
    assert_equal(["/webhooks"], reports.map(&:first) - %w[paid answered span])
    assert_equal [["attempt 1", "send order.paid", ""], ["send order.paid", "", ""]],
                 (reports.filter_map { |name, *words| words if name == "span" })
    assert_match(/^I, .*order.paid: delivered in [\d.e-]+ s, 1 attempts$/, result.errors)
    assert_match(/^I, .*attempt 1: ok, 202, \d+ ms$/, result.errors)
  end

  def test_the_examples_of_the_readme_run
    result = run_examples(plain_examples(README))
    assert_predicate result, :ok?, result.errors
    assert_includes JSON.parse(result.output.lines.last), %w[answered 204]
    assert_equal ["order.paid"], server.events.map { |event| event["topic"] }.uniq
  end

  def test_the_spans_of_an_outage
    server.faults({ status: 503, headers: { "X-Request-Id" => "r" } }, { status: 409 })
    example, = plain_examples(GUIDE).grep(/HookrailTracing/)
    result = run_examples(["#{example.chomp} rescue report(:failed)"])
    assert_predicate result, :ok?, result.errors
    first, second, whole = (JSON.parse(result.output.lines.last) - [["failed"]]).map { |words| words.drop(1) }
    assert_equal ["attempt 1", "send order.paid"], first.take(2)
    assert_equal ["attempt 2", "send order.paid"], second.take(2)
    assert_match(/503/, first.last)
    assert_match(/409/, second.last)
    assert_equal ["send order.paid", "", "Unhandled exception of type: Hookrail::ConflictError"], whole
    assert_match(/\A00-/, server.requests.last["headers"].to_h.transform_keys(&:downcase)["traceparent"])
  end

  FRAMEWORKS.each do |pattern, library|
    define_method("test_the_example_for_#{library.split("/").first}_runs") do
      found = examples(GUIDE).grep(pattern)
      assert_equal 1, found.size
      result = run_examples(found, "-r#{library}")
      assert_predicate result, :ok?, result.output + result.errors
      assert_match(/[23] (runs|examples), .*0 failures/, result.output)
    end
  end

  def test_the_guide_names_every_error_and_every_setting
    guide = File.read(File.join(PROJECT_ROOT, "docs/ruby.md"))
    errors = Hookrail.constants.grep(/Error\z/) - %i[Error InterruptedError]
    settings = %i[on_error logger]
    (errors + settings + Hookrail::Native::Options::KNOWN).each { |name| assert_match(/`#{name}`/, guide) }
  end
end
