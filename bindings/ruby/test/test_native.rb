# frozen_string_literal: true

require_relative "helper"

class TestNative < HookrailTest
  # Every function that can wait, for the network, for a file or for another thread.
  WAITING = %i[
    hookrail_call_finish_get_event hookrail_call_finish_send hookrail_call_wait hookrail_client_close
    hookrail_client_new hookrail_client_options_add_ca_file hookrail_flush
  ].freeze

  # Those of the header that could wait and are not used: calls that run beside the thread are.
  UNUSED_WAITING = %i[
    hookrail_get_event hookrail_send_event hookrail_send_prepared hookrail_submit_event_wait
  ].freeze

  # It is only asked for what is there: its timeout is 0, and its result must not be lost to an interrupt.
  NEVER_MADE_TO_WAIT = %i[hookrail_poll].freeze

  def declared
    header = File.read(File.join(PROJECT_ROOT, "include/hookrail.h"))
    header.gsub(%r{/\*.*?\*/}m, "").scan(/\b(hookrail_\w+)\(/).flatten.map(&:to_sym).uniq
  end

  def test_each_function_is_attached_with_its_blocking_mode
    blocking, others = Hookrail::Native::BLOCKING.partition { |_, mode| mode }.map(&:to_h)
    assert_equal WAITING.sort, blocking.keys.sort
    assert_equal [false], others.values.uniq
    assert_empty others.keys & UNUSED_WAITING
  end

  def test_no_function_of_the_library_that_takes_a_timeout_is_overlooked
    header = File.read(File.join(PROJECT_ROOT, "include/hookrail.h")).gsub(%r{/\*.*?\*/}m, "")
    timed = header.scan(/\b(hookrail_\w+)\(([^;{]*?)\);/m).filter_map do |name, parameters|
      name.to_sym if parameters.include?("timeout_ms") && !name.include?("_set_")
    end
    # These start something, or are about how long it may take, and return at once.
    at_once = %i[hookrail_call_send_prepared hookrail_call_get_event hookrail_submit_prepared]
    assert_empty timed - WAITING - UNUSED_WAITING - NEVER_MADE_TO_WAIT - at_once
  end

  def test_every_attached_function_is_in_the_header
    assert_operator declared.size, :>, 100
    assert_empty Hookrail::Native::BLOCKING.keys - declared
  end

  def test_each_call_keeps_to_the_declaration_in_the_header
    header = File.read(File.join(PROJECT_ROOT, "include/hookrail.h")).gsub(%r{/\*.*?\*/}m, "")
    counts = header.scan(/\b(hookrail_\w+)\(([^;{]*?)\);/m).to_h do |name, parameters|
      [name.to_sym, parameters.strip == "void" ? 0 : parameters.count(",") + 1]
    end
    Hookrail::Native::BLOCKING.each_key do |name|
      error = assert_raises(ArgumentError, name) { Hookrail::Native.public_send(name, *Array.new(30)) }
      assert_match(/30 for #{counts.fetch(name)}\)/, error.message, name)
    end
  end

  def test_a_completion_is_laid_out_as_in_the_header
    header = File.read(File.join(PROJECT_ROOT, "include/hookrail.h")).gsub(%r{/\*.*?\*/}m, "")
    members = header[/typedef struct hookrail_completion \{(.*?)\}/m, 1].scan(/(\w+);/).flatten.map(&:to_sym)
    assert_equal members, Hookrail::Native::Completion.members
    assert_equal 48 + (2 * FFI::Pointer.size), Hookrail::Native::Completion.size
  end

  def test_a_handle_is_freed_once_and_by_the_collector_too
    handle = Hookrail::Native::Handle.make(:send_options)
    refute_predicate handle.pointer, :null?
    2.times { handle.release }
    assert_predicate handle.pointer, :null?
  end
end
