# frozen_string_literal: true

require_relative "helper"
require "pathname"
require "tmpdir"

class TestLoading < HookrailTest
  LOAD = <<~CODE
    begin
      require "hookrail"
      puts JSON.generate(path: Hookrail.library_path, version: Hookrail.library_version)
    rescue StandardError => e
      require "json"
      puts JSON.generate(error: e.class.name, message: e.message)
    end
  CODE

  def load_with(env)
    ruby_json(LOAD, env: { "HOOKRAIL_LIB" => nil, "LD_LIBRARY_PATH" => nil, **env })
  end

  def test_the_environment_comes_first
    path = ENV.fetch("HOOKRAIL_LIB")
    assert_equal({ path:, version: Hookrail::VERSION }, load_with({ "HOOKRAIL_LIB" => path }))
  end

  def test_the_systems_loader_is_used
    Dir.mktmpdir do |folder|
      File.symlink(File.realpath(ENV.fetch("HOOKRAIL_LIB")), File.join(folder, "libhookrail.so.0"))
      assert_equal "libhookrail.so.0", load_with({ "LD_LIBRARY_PATH" => folder })[:path]
    end
  end

  def test_the_bundled_library_comes_before_the_systems
    defaults = [Hookrail::Native::Library::BUNDLED, *Hookrail::Native::Library::SYSTEM]
    assert_equal %w[libhookrail.so libhookrail.so.0 libhookrail.so], (defaults.map { |path| File.basename(path) })
    assert_predicate Pathname(defaults.first), :absolute?
    library = Hookrail::Native::Library.load({}, ["/nonexistent/libhookrail.so", ENV.fetch("HOOKRAIL_LIB")])
    assert_equal ENV.fetch("HOOKRAIL_LIB"), library.path
  end

  def test_without_a_library_the_message_lists_each_tried_path
    paths = %w[/nonexistent/one.so /nonexistent/two.so]
    error = assert_raises(Hookrail::LibraryLoadError) { Hookrail::Native::Library.load({}, paths) }
    paths.each { |path| assert_match(/^  #{path}: .*cannot open shared object file: No such file/, error.message) }
    assert_match(/Install the platform gem of hookrail, or install libhookrail/, error.message)
  end

  def test_a_wrong_path_in_the_environment_is_an_error
    result = load_with({ "HOOKRAIL_LIB" => "/nonexistent/libhookrail.so",
                         "LD_LIBRARY_PATH" => ENV.fetch("HOOKRAIL_LIB_DIR") })
    assert_equal "Hookrail::LibraryLoadError", result[:error]
    assert_match(%r{/nonexistent/libhookrail.so: .*No such file}, result[:message])
    assert_match(/Correct the environment variable HOOKRAIL_LIB/, result[:message])
  end

  def test_a_file_that_is_not_a_shared_library_is_reported_as_such
    Dir.mktmpdir do |folder|
      path = File.join(folder, "libhookrail.so")
      File.write(path, "not a library")
      message = load_with({ "HOOKRAIL_LIB" => path })[:message]
      assert_match(/file too short|invalid ELF header/, message)
      assert_match(/no shared library for this processor/, message)
    end
  end

  def test_another_library_is_recognised
    message = load_with({ "HOOKRAIL_LIB" => "libc.so.6" })[:message]
    assert_match(/libc.so.6: it is no libhookrail: it has no function hookrail_abi_version/, message)
  end

  def test_another_abi_version_is_refused
    Dir.mktmpdir do |folder|
      path = File.join(folder, "libhookrail.so")
      source = "int hookrail_abi_version(void) { return 7; }"
      IO.popen(["cc", "-shared", "-fPIC", "-x", "c", "-o", path, "-"], "w") { |compiler| compiler.write(source) }
      message = load_with({ "HOOKRAIL_LIB" => path })[:message]
      assert_match(/it has ABI version 7, and this gem \(#{Hookrail::VERSION}\) needs 0/, message)
      assert_match(/libhookrail of the same version as this gem/, message)
    end
  end

  def test_a_library_for_a_newer_system_has_its_own_remedy
    words = "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.99' not found (required by libhookrail.so)"
    failure = Hookrail::Native::LoadFailure.new({ "libhookrail.so" => words }, override: false)
    assert_includes failure.message, words
    assert_match(/newer C library.*--platform ruby/m, failure.message)
  end

  def test_requiring_it_prints_and_warns_of_nothing
    result = ruby('require "hookrail"', env: { "RUBYOPT" => "-W:deprecated" })
    assert_equal ["", ""], [result.output, result.errors]
  end
end
