# frozen_string_literal: true

require_relative "helper"
require "tmpdir"

# The gem works in a process that may make no memory executable.
class TestExecutableMemory < HookrailTest
  PROGRAM = <<~CODE
    require "ffi"
    require "timeout"
    # The usual way to call a function does not work here.
    refused = begin
      Module.new { extend FFI::Library; ffi_lib FFI::Library::LIBC; attach_function :getpid, [], :int }
    rescue RuntimeError => e
      e.class.name
    end
    require "hookrail"
    client = Hookrail::Client.new(api_key: "hk_dev", base_url: ARGV[0])
    id = client.send_event("sent", { a: 1 }).event_id
    seen = [refused, client.get_event(id).topic, client.submit("submitted", {}).value.attempts]
    # Waits let other threads run, and can be interrupted.
    begin
      Timeout.timeout(0.2) { client.send_event("hanging", {}) }
    rescue Timeout::Error => e
      seen << e.class.name
    end
    seen << begin
      client.send_event("", {})
    rescue Hookrail::InvalidArgumentError => e
      e.outcome
    end
    env = Hookrail::Testing.rack_env("{}", secret: "whsec_a")
    middleware = Hookrail::Rack::VerifySignature.new(->(env) { [200, {}, [env["hookrail.delivery"].body]] }, secrets: "whsec_a")
    seen << middleware.call(env) << client.close(timeout: 5)
    puts JSON.generate(seen)
  CODE

  def test_it_sends_and_verifies_where_executable_memory_is_refused
    server.faults({ match: { topic: "hanging" }, delay_ms: 60_000, times: "always" })
    Dir.mktmpdir do |folder|
      launcher = File.join(folder, "deny_executable_memory")
      source = File.join(__dir__, "fixtures/deny_executable_memory.c")
      assert system("cc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", launcher, source)
      output, errors, status = Open3.capture3(launcher, RbConfig.ruby, "-W", "-I", LIB, "-e", PROGRAM, server.url)
      assert_predicate status, :success?, errors
      assert_empty errors
      assert_equal ["RuntimeError", "sent", 1, "Timeout::Error", "not_sent", [200, {}, ["{}"]], 0], JSON.parse(output)
    end
  end
end
