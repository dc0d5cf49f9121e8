# frozen_string_literal: true

require_relative "helper"
require_relative "support/foreign_library"
require "fileutils"
require "rubygems/package"
require "tmpdir"

# Builds the gems, installs them in an empty folder, and uses them from there.
class TestPackaging < HookrailTest
  # Runs what the program `gem` runs, which must work without PATH, too.
  GEM = [RbConfig.ruby, "-rrubygems/gem_runner", "-e", "Gem::GemRunner.new.run(ARGV)", "--"].freeze
  USE = <<~CODE
    require "hookrail"
    accepted = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0]).send_event("a", {})
    headers = Hookrail::Testing.headers("{}", secret: "whsec_a")
    Hookrail::Verifier.new("whsec_a").verify_request(headers, "{}")
    puts JSON.generate(path: Hookrail.library_path, attempts: accepted.attempts, rack: Hookrail::Rack::VerifySignature.name)
  CODE

  def setup
    @home = Dir.mktmpdir
  end

  def teardown
    FileUtils.rm_rf(@home)
    super
  end

  # Removes the library and all other settings of the tests.
  def bare
    { "HOOKRAIL_LIB" => nil, "HOOKRAIL_LIB_DIR" => nil, "LD_LIBRARY_PATH" => nil, "RUBYLIB" => nil, "RUBYOPT" => nil,
      "GEM_HOME" => @home, "GEM_PATH" => [@home, *Gem.default_path].join(":") }
  end

  def build(kind)
    output, status = Open3.capture2e(RbConfig.ruby, "-S", "rake", "build:#{kind}", chdir: GEM_ROOT)
    assert_predicate status, :success?, output
    output.lines.last.chomp
  end

  def install(file, *options, env: {})
    Open3.capture2e(bare.merge(env), *GEM, "install", "--local", "--no-document", file, *options, chdir: @home)
  end

  def use
    output, status = Open3.capture2e(bare, RbConfig.ruby, "-W", "-e", USE, server.url, chdir: @home)
    assert_predicate status, :success?, output
    JSON.parse(output.lines.last, symbolize_names: true)
  end

  def assert_works_from(gem)
    path = File.join(@home, "gems", gem, "lib/hookrail/native/libhookrail.so")
    assert_equal({ path:, attempts: 1, rack: "Hookrail::Rack::VerifySignature" }, use)
  end

  def test_the_platform_gem_contains_the_library
    file = build(:platform)
    output, status = install(file)
    assert_predicate status, :success?, output
    spec = Gem::Package.new(file).spec
    assert_works_from spec.full_name
    assert_equal Gem::Platform.local, spec.platform
    assert_empty spec.extensions
    assert_equal %w[ffi], spec.runtime_dependencies.map(&:name)
    %w[LICENSE THIRD_PARTY_LICENSES.md README.md sig/hookrail.rbs sig/manifest.yaml lib/hookrail.rb
       examples/sender.rb examples/config.ru examples/puma.rb lib/hookrail/railtie/tasks.rake].each do |name|
      assert_includes spec.files, name
    end
  end

  def test_the_source_gem_accepts_a_given_library
    file = build(:source)
    output, status = install(file, "--", "--with-hookrail-lib=#{ENV.fetch("HOOKRAIL_LIB")}")
    assert_predicate status, :success?, output
    assert_works_from File.basename(file, ".gem")
  end

  def test_the_source_gem_contains_the_sources_of_the_library
    contents = Gem::Package.new(build(:source)).spec.files
    %w[Cargo.toml Cargo.lock build.rs src/lib.rs src/ffi/mod.rs].each do |file|
      assert_includes contents, "ext/hookrail/core/#{file}"
    end
  end

  def test_without_cargo_and_without_a_library_the_remedies_are_named
    file = build(:source)
    output, status = install(file, env: { "PATH" => @home })
    refute_predicate status, :success?
    assert_match(/there is no cargo. Install Rust, or install the gem for your platform, or name a library/, output)
    output, status = install(file, "--", "--with-hookrail-lib=/nonexistent.so")
    refute_predicate status, :success?
    assert_match(%r{--with-hookrail-lib: there is no file /nonexistent.so}, output)
    foreign = ForeignLibrary.for_machine(@home, ENV.fetch("HOOKRAIL_LIB"))
    output, status = install(file, "--", "--with-hookrail-lib=#{foreign}")
    refute_predicate status, :success?
    assert_match(/--with-hookrail-lib: .* cannot be used: it is for aarch64 with glibc, and this Ruby runs on/, output)
  end

  def test_an_installation_without_the_library_lists_the_tried_paths
    file = build(:platform)
    output, status = install(file)
    assert_predicate status, :success?, output
    library = File.join(@home, "gems", Gem::Package.new(file).spec.full_name, "lib/hookrail/native/libhookrail.so")
    FileUtils.rm(library)
    FileUtils.mkdir(library)
    output, status = Open3.capture2e(bare, RbConfig.ruby, "-e", 'require "hookrail"', chdir: @home)
    refute_predicate status, :success?
    [library, "libhookrail.so.0", "libhookrail.so"].each do |path|
      assert_match(/^  #{Regexp.escape(path)}: \S/, output)
    end
    assert_match(/Install the platform gem/, output)
  end
end
