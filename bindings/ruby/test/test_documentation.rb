# frozen_string_literal: true

require_relative "helper"

# What the documents show works as they show it.
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
