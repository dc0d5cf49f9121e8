# frozen_string_literal: true

require_relative "helper"

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

  def test_every_example_of_the_guide_is_ruby
    found = examples("docs/ruby.md") + examples("bindings/ruby/README.md")
    assert_operator found.size, :>, 10
    found.each { |example| RubyVM::InstructionSequence.compile(example) }
  end

  def test_the_guide_names_every_error_and_every_setting
    guide = File.read(File.join(PROJECT_ROOT, "docs/ruby.md"))
    errors = Hookrail.constants.grep(/Error\z/) - %i[Error InterruptedError]
    (errors + Hookrail::Native::Options::KNOWN).each { |name| assert_match(/`#{name}`/, guide) }
  end
end
