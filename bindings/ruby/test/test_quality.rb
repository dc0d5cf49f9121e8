# frozen_string_literal: true

require_relative "helper"
require "tmpdir"

# What is not the code's behaviour: its style, its signatures, its documentation.
class TestQuality < HookrailTest
  RBS_PROGRAM = Gem.bin_path("rbs", "rbs")
  SIGNATURES = File.join(GEM_ROOT, "sig")

  def run_tool(*command)
    output, status = Open3.capture2e(*command, chdir: GEM_ROOT)
    [output, status.success?]
  end

  def test_style
    driver = File.join(PROJECT_ROOT, "tests/conformance/drivers/ruby")
    output, passed = run_tool("rubocop", "--format", "simple", "--config", ".rubocop.yml", ".", driver)
    assert passed, output
  end

  def test_signatures_are_valid
    output, passed = run_tool(RbConfig.ruby, RBS_PROGRAM, "-r", "pathname", "-I", SIGNATURES, "validate", "--silent")
    assert passed, output
  end

  def test_signatures_are_kept
    environment = { "RBS_TEST_TARGET" => "Hookrail::*", "RBS_TEST_OPT" => "-I #{SIGNATURES} -r pathname",
                    "RBS_TEST_LOGLEVEL" => "error", "RBS_TEST_RAISE" => "true" }
    server.add_endpoint("http://127.0.0.1:1/", "whsec_a")
    result = ruby("load ARGV.shift", File.join(__dir__, "fixtures/signatures.rb"), server.url, __FILE__,
                  env: environment, options: %w[-W0 -rbundler -rrbs/test/setup])
    assert_equal "checked\n", result.output, result.errors
  end

  def test_everything_public_has_a_signature
    code = <<~CODE
      require "hookrail"
      require "rbs"
      loader = RBS::EnvironmentLoader.new
      loader.add(library: "pathname", version: nil)
      loader.add(path: Pathname(ARGV[0]))
      builder = RBS::DefinitionBuilder.new(env: RBS::Environment.from_loader(loader).resolve_type_names)
      hidden = [Hookrail::Native, Hookrail::Producer, Hookrail::Payload, Hookrail::Headers, Hookrail::Statuses]
      missing = []
      walk = lambda do |space|
        (space.constants - [:Native]).map { |name| space.const_get(name) }.grep(Module).each do |type|
          next if hidden.include?(type) || !type.name.start_with?("Hookrail")
          name = RBS::TypeName.new(name: type.name.split("::").last.to_sym,
                                   namespace: RBS::Namespace.parse("::" + type.name.split("::")[0..-2].join("::") + "::"))
          known = builder.build_instance(name).methods.keys
          missing.concat((type.public_instance_methods(false) - known).map { |method| "\#{type}#\#{method}" })
          walk.call(type)
        end
      end
      walk.call(Hookrail)
      puts JSON.generate(missing:)
    CODE
    # What the library's own files call of each other's.
    internal = ["Hookrail::Submission#queued?", "Hookrail::Submission#resolve", "Hookrail::Submission#token="]
    assert_empty ruby_json(code, SIGNATURES, options: ["-W0"])[:missing] - internal
  end

  def test_everything_public_is_documented
    Dir.mktmpdir do |folder|
      output, passed = run_tool("yard", "stats", "--list-undoc", "--db", folder, "--no-cache")
      assert passed, output
      assert_match(/100.00% documented/, output)
      refute_match(/\[warn\]/, output)
    end
  end

  def test_no_file_names_a_place_of_one_machine
    files = Dir.glob("{lib,sig,ext,test,examples}/**/*", base: GEM_ROOT).map { |file| File.join(GEM_ROOT, file) }
    offenders = files.select { |file| File.file?(file) && File.read(file).match?(%r{["' ](/work|/root|/farm)/}) }
    assert_empty offenders - [__FILE__]
  end
end
