# frozen_string_literal: true

require_relative "helper"
require_relative "support/c_header"

class TestNative < HookrailTest
  # The functions that can wait, for the network, for a file or for another thread.
  WAITING = %i[
    hookrail_call_finish_get_event hookrail_call_finish_send hookrail_call_wait hookrail_client_close
    hookrail_client_new hookrail_client_options_add_ca_file hookrail_flush hookrail_send_event_interruptible
    hookrail_send_prepared_interruptible hookrail_client_options_set_client_certificate_file
  ].freeze

  # The functions of the header that could wait and that the gem does not use: signals do not end
  # them.
  UNUSED_WAITING = %i[
    hookrail_get_event hookrail_send_event hookrail_send_prepared hookrail_submit_event_wait
  ].freeze

  # The gem calls it with a timeout of 0 only: its result must not be lost to an interrupt.
  NEVER_MADE_TO_WAIT = %i[hookrail_poll].freeze

  # Called before the functions are attached, by Native::Library.
  ATTACHED_BY_HAND = %i[hookrail_abi_version].freeze

  # The types of FFI that stand for a type of C.
  SCALARS = { "void" => [:void], "bool" => [:bool], "size_t" => [:size_t], "int32_t" => %i[int int32],
              "uint32_t" => [:uint32], "int64_t" => [:int64], "uint64_t" => [:uint64] }.freeze
  RESULTS = { **SCALARS, "const char*" => %i[string pointer], "hookrail_status" => %i[int int32],
                         "hookrail_outcome" => %i[int int32], "hookrail_delivery_state" => %i[int int32] }.freeze
  PARAMETERS = { **SCALARS, "const char*" => [:buffer_in] }.freeze

  # An address as a number takes the place of a pointer that the library writes through, and of no other.
  WRITTEN_THROUGH = /\A(?!const )(hookrail_\w+\*\*|\w+_t\*)\z/

  def attached
    Hookrail::Native::FUNCTIONS
  end

  def parameter_types(type)
    PARAMETERS.fetch(type) { type.match?(WRITTEN_THROUGH) ? %i[pointer size_t] : pointer_type(type) }
  end

  def result_types(type)
    RESULTS.fetch(type) { pointer_type(type) }
  end

  def pointer_type(type)
    type.end_with?("*") ? [:pointer] : []
  end

  # @return [Hash{Symbol => Array}] the functions whose types are not those of the header, with both
  def differences(signatures)
    signatures.filter_map do |name, signature|
      declared = CHeader.functions[name] or next [name, :undeclared]
      same = result_types(declared.result).include?(signature.result) &&
             declared.parameters.size == signature.parameters.size &&
             declared.parameters.zip(signature.parameters).all? { |c, ffi| parameter_types(c).include?(ffi) }
      [name, [declared.to_a, signature.to_a]] unless same
    end.to_h
  end

  def test_each_function_has_the_types_of_the_header
    assert_empty differences(attached)
  end

  def test_a_function_with_other_types_is_noticed
    wait = attached.fetch(:hookrail_call_wait)
    { parameters: [%i[pointer int64], %i[pointer int32 pointer], %i[size_t int64 pointer]],
      result: %i[void size_t pointer] }.each do |member, values|
      values.each do |value|
        changed = wait.dup.tap { |signature| signature[member] = value }
        assert_equal [:hookrail_call_wait], differences({ hookrail_call_wait: changed }).keys, value
      end
    end
    assert_equal({ hookrail_other: :undeclared }, differences({ hookrail_other: wait }))
  end

  def test_the_gem_leaves_out_the_documented_functions_and_no_others
    missing = CHeader.functions.keys - attached.keys - ATTACHED_BY_HAND
    assert_equal CHeader.left_out_by("Ruby").sort, missing.sort
  end

  def test_each_function_is_attached_with_its_blocking_mode
    blocking, others = attached.partition { |_, signature| signature.blocking }.map(&:to_h)
    assert_equal WAITING.sort, blocking.keys.sort
    assert_equal([false], others.values.map(&:blocking).uniq)
    assert_empty others.keys & UNUSED_WAITING
  end

  def test_every_function_of_the_library_with_a_timeout_is_listed
    timed = CHeader::TEXT.scan(/\b(hookrail_\w+)\(([^;{]*?)\);/m).filter_map do |name, parameters|
      name.to_sym if parameters.include?("timeout_ms") && !name.include?("_set_")
    end
    # These start something, and return at once.
    at_once = %i[hookrail_call_send_prepared hookrail_call_get_event hookrail_submit_prepared]
    assert_empty timed - WAITING - UNUSED_WAITING - NEVER_MADE_TO_WAIT - at_once
  end

  { "hookrail_completion" => [Hookrail::Native::Completion, 48, 5],
    "hookrail_attempt_record" => [Hookrail::Native::AttemptRecord, 88, 2] }.each do |name, (structure, size, pointers)|
    define_method("test_a_#{name}_is_laid_out_as_in_the_header") do
      declared = CHeader.structure(name).transform_values { |type| RESULTS[type] || pointer_type(type) }
      layout = structure.new.layout.fields.to_h { |field| [field.name, field.type] }
      assert_equal declared.keys, layout.keys
      declared.each { |member, (type, _)| assert_equal FFI.find_type(type), layout.fetch(member), member }
      assert_equal size + (pointers * FFI::Pointer.size), structure.size
    end
  end

  def test_the_numbers_are_those_of_the_header
    native = Hookrail::Native
    assert_equal CHeader.enum("hookrail_outcome", prefix: "HOOKRAIL_OUTCOME_"), native::OUTCOMES.invert.merge(none: 0)
    assert_equal CHeader.enum("hookrail_delivery_state", prefix: "HOOKRAIL_DELIVERY_"),
                 Hookrail::Delivery::STATES.each_with_index.to_h
    assert_equal CHeader.enum("hookrail_tls_roots", prefix: "HOOKRAIL_TLS_ROOTS_"), native::TLS_ROOTS
    assert_equal CHeader.enum("hookrail_purge_flags", prefix: "HOOKRAIL_PURGE_"), native::PURGE
    used = { default_tolerance: Hookrail::Verifier::DEFAULT_TOLERANCE, now: native::CLOCK,
             signature_size: native::SIGNATURE_SIZE }
    assert_equal CHeader.enum("hookrail_signature_constants").except(:max_secrets), used
    assert_equal CHeader::TEXT[/^#define HOOKRAIL_ABI_VERSION (\d+)$/, 1].to_i, native::Library::ABI_VERSION
  end

  def test_a_handle_is_freed_once_and_by_the_collector_too
    handle = Hookrail::Native::Handle.make(:send_options)
    refute_predicate handle.pointer, :null?
    2.times { handle.release }
    assert_predicate handle.pointer, :null?
  end
end
