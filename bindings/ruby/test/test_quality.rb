# frozen_string_literal: true

require_relative "helper"
require "fileutils"
require "tmpdir"
require "yaml"

# Checks of the code itself: its style, its signatures, its documentation.
class TestQuality < HookrailTest
  RBS_PROGRAM = Gem.bin_path("rbs", "rbs")
  SIGNATURES = File.join(GEM_ROOT, "sig")
  # Those that tools load together with the gem's signatures.
  LIBRARIES = YAML.load_file(File.join(SIGNATURES, "manifest.yaml")).fetch("dependencies").map { |one| one["name"] }
  LIBRARY_OPTIONS = LIBRARIES.flat_map { |name| ["-r", name] }

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
    output, passed = run_tool(RbConfig.ruby, RBS_PROGRAM, *LIBRARY_OPTIONS, "-I", SIGNATURES, "validate", "--silent")
    assert passed, output
  end

  def test_calls_match_the_signatures
    environment = { "RBS_TEST_TARGET" => "Hookrail::*",
                    "RBS_TEST_OPT" => ["-I", SIGNATURES, *LIBRARY_OPTIONS].join(" "),
                    "RBS_TEST_LOGLEVEL" => "error", "RBS_TEST_RAISE" => "true" }
    server.add_endpoint("http://127.0.0.1:1/", "whsec_a")
    result = ruby("load ARGV.shift", File.join(__dir__, "fixtures/signatures.rb"), server.url, __FILE__,
                  env: environment, options: %w[-W0 -rbundler -rrbs/test/setup])
    assert_equal "checked\n", result.output, result.errors
  end

  # Methods that only the library itself calls.
  INTERNAL = /\AHookrail::Submission#(queued\?|resolve|token=)\z|\.from_native\z|\AHookrail::Error#with\z/

  def compare_with_code(signatures)
    ruby_json("load ARGV.shift", File.join(__dir__, "fixtures/public_api.rb"), signatures, options: ["-W0"])
      .transform_values { |names| names.grep_v(INTERNAL) }
  end

  def test_signatures_and_code_have_the_same_public_names
    assert_equal({ undeclared: [], unimplemented: [] }, compare_with_code(SIGNATURES))
  end

  def test_a_signature_that_differs_from_the_code_is_noticed
    Dir.mktmpdir do |folder|
      FileUtils.cp(Dir.glob("#{SIGNATURES}/*.rbs"), folder)
      text = Dir.glob("#{folder}/*.rbs").map { |file| File.read(file).tap { File.delete(file) } }.join
      changes = { "def done?: () -> bool" => "def finished?: () -> bool", "VERSION: String" => "NAME: String",
                  "def self.library_path" => "def self.path", "class ServerError" => "class ServiceError",
                  "class TLSError < ConnectionError" => "class TLSError < Error" }
      changes.each { |old, new| assert text.sub!(old, new), old }
      File.write("#{folder}/all.rbs", text)
      undeclared = %w[Hookrail::VERSION Hookrail.library_path Hookrail::Submission#done? Hookrail::ServerError]
      unimplemented = %w[Hookrail::NAME Hookrail.path Hookrail::Submission#finished? Hookrail::ServiceError]
      undeclared.push("Hookrail::ServerError < Hookrail::APIError", "Hookrail::TLSError < Hookrail::ConnectionError")
      unimplemented.push("Hookrail::ServiceError < Hookrail::APIError", "Hookrail::TLSError < Hookrail::Error")
      found = compare_with_code(folder)
      assert_equal [undeclared.sort, unimplemented.sort], found.values_at(:undeclared, :unimplemented).map(&:sort)
    end
  end

  def test_everything_public_is_documented
    Dir.mktmpdir do |folder|
      output, passed = run_tool("yard", "stats", "--list-undoc", "--db", folder, "--no-cache")
      assert passed, output
      assert_match(/100.00% documented/, output)
      refute_match(/\[warn\]/, output)
    end
  end

  def test_no_file_names_a_path_of_one_machine
    files = Dir.glob("{lib,sig,ext,test,examples}/**/*", base: GEM_ROOT).map { |file| File.join(GEM_ROOT, file) }
    offenders = files.select { |file| File.file?(file) && File.read(file).match?(%r{["' ](/work|/root|/farm)/}) }
    assert_empty offenders - [__FILE__]
  end
end
