# frozen_string_literal: true

module Hookrail
  # The functions that the gem calls, and which of them can wait.
  # @api private
  module Native
    bytes = %i[buffer_in size_t]

    function :hookrail_version, [], :string, blocking: false

    function :hookrail_client_options_new, [], :pointer, blocking: false
    function :hookrail_client_options_free, [:pointer], :void, blocking: false
    %i[connect_timeout_ms read_timeout_ms write_timeout_ms total_timeout_ms delivery_timeout_ms
       max_connection_age_ms].each do |setting|
      function :"hookrail_client_options_set_#{setting}", %i[pointer int64 pointer], :int, blocking: false
    end
    %i[idle_connections payload_limit queue_max_events queue_max_bytes].each do |setting|
      function :"hookrail_client_options_set_#{setting}", %i[pointer size_t pointer], :int, blocking: false
    end
    function :hookrail_client_options_set_tls_roots, %i[pointer int64 pointer], :int, blocking: false
    %i[max_retries workers].each do |setting|
      function :"hookrail_client_options_set_#{setting}", %i[pointer int32 pointer], :int, blocking: false
    end
    %i[set_proxy set_user_agent_suffix set_binding set_unix_socket add_ca_pem].each do |setting|
      function :"hookrail_client_options_#{setting}", [:pointer, *bytes, :pointer], :int, blocking: false
    end
    function :hookrail_client_options_add_header, [:pointer, *bytes, *bytes, :pointer], :int, blocking: false
    function :hookrail_client_options_set_backoff_ms, %i[pointer int64 int64 pointer], :int, blocking: false
    %i[respect_retry_after require_https require_base_url].each do |setting|
      function :"hookrail_client_options_set_#{setting}", %i[pointer bool pointer], :int, blocking: false
    end
    function :hookrail_client_options_set_client_certificate_pem, [:pointer, *bytes, *bytes, :pointer], :int,
             blocking: false
    # These read files, which may be on a network.
    function :hookrail_client_options_set_client_certificate_file, [:pointer, *bytes, *bytes, :pointer], :int,
             blocking: true
    function :hookrail_client_options_add_ca_file, [:pointer, *bytes, :pointer], :int, blocking: true

    function :hookrail_client_new, [*bytes, *bytes, :pointer, :pointer, :pointer], :int, blocking: true
    function :hookrail_client_free, [:pointer], :void, blocking: false
    function :hookrail_client_close, %i[pointer int64 pointer pointer], :int, blocking: true
    %i[stats metrics].each do |text|
      function :"hookrail_client_#{text}", %i[pointer pointer size_t pointer pointer], :int, blocking: false
    end

    function :hookrail_send_options_new, [], :pointer, blocking: false
    function :hookrail_send_options_free, [:pointer], :void, blocking: false
    %i[idempotency_key ordering_key].each do |setting|
      function :"hookrail_send_options_set_#{setting}", [:pointer, *bytes, :pointer], :int, blocking: false
    end
    function :hookrail_send_options_add_header, [:pointer, *bytes, *bytes, :pointer], :int, blocking: false
    function :hookrail_send_options_set_timeout_ms, %i[pointer int64 pointer], :int, blocking: false

    event = [:pointer, *bytes, *bytes, :pointer]
    function :hookrail_event_prepare, [*event, :pointer, :pointer], :int, blocking: false
    function :hookrail_prepared_blob, [:pointer], :pointer, blocking: false
    function :hookrail_prepared_blob_len, [:pointer], :size_t, blocking: false
    function :hookrail_prepared_idempotency_key, [:pointer], :string, blocking: false
    function :hookrail_prepared_free, [:pointer], :void, blocking: false

    # The places of a Call, as addresses.
    places = %i[size_t size_t]
    function :hookrail_send_event_interruptible, [*event, :size_t, *places], :int, blocking: true
    function :hookrail_send_prepared_interruptible, [:pointer, *bytes, :int64, :size_t, *places], :int, blocking: true
    function :hookrail_call_send, [*event, *places], :int, blocking: false
    function :hookrail_call_send_prepared, [:pointer, *bytes, :int64, *places], :int, blocking: false
    function :hookrail_call_get_event, [:pointer, *bytes, :int64, *places], :int, blocking: false
    function :hookrail_call_wait, %i[pointer int64 pointer], :int, blocking: true
    function :hookrail_call_report, %i[pointer uint64 pointer], :int, blocking: false
    function :hookrail_calls_fd, %i[pointer pointer pointer], :int, blocking: false
    function :hookrail_calls_collect, %i[pointer pointer size_t pointer pointer], :int, blocking: false
    function :hookrail_call_finish_send, [:pointer, *places], :int, blocking: true
    function :hookrail_call_finish_get_event, [:pointer, *places], :int, blocking: true
    function :hookrail_call_free, [:pointer], :void, blocking: false

    function :hookrail_submit_event, [*event, :uint64, :uint32, :pointer, :pointer], :int, blocking: false
    function :hookrail_submit_prepared, [:pointer, *bytes, :int64, :uint64, :uint32, :pointer, :pointer], :int,
             blocking: false
    # Only called with a timeout of 0, so it never waits. Its result must not be lost to an exception.
    function :hookrail_poll, %i[pointer pointer size_t size_t int64 pointer pointer], :int, blocking: false
    function :hookrail_event_fd, %i[pointer pointer pointer], :int, blocking: false
    function :hookrail_cancel_submitted, %i[pointer uint64 pointer], :int, blocking: false
    function :hookrail_purge, %i[pointer uint32 pointer pointer], :int, blocking: false
    function :hookrail_pending, %i[pointer pointer pointer pointer pointer], :int, blocking: false
    function :hookrail_flush, %i[pointer int64 pointer pointer], :int, blocking: true

    %i[accepted error event_status].each do |result|
      function :"hookrail_#{result}_attempt_record_count", [:pointer], :size_t, blocking: false
      function :"hookrail_#{result}_attempt_record", %i[pointer size_t pointer size_t], :bool, blocking: false
      function :"hookrail_#{result}_request_id", [:pointer], :string, blocking: false
    end

    function :hookrail_accepted_free, [:pointer], :void, blocking: false
    %i[event_id idempotency_key].each do |member|
      function :"hookrail_accepted_#{member}", [:pointer], :string, blocking: false
    end
    function :hookrail_accepted_delivery_count, [:pointer], :size_t, blocking: false
    function :hookrail_accepted_delivery_id, %i[pointer size_t], :string, blocking: false
    function :hookrail_accepted_replayed, [:pointer], :bool, blocking: false
    function :hookrail_accepted_attempts, [:pointer], :uint32, blocking: false
    function :hookrail_accepted_json, [:pointer], :pointer, blocking: false
    function :hookrail_accepted_json_len, [:pointer], :size_t, blocking: false

    function :hookrail_event_status_free, [:pointer], :void, blocking: false
    function :hookrail_event_status_event_id, [:pointer], :string, blocking: false
    function :hookrail_event_status_topic, [:pointer], :string, blocking: false
    function :hookrail_event_status_json, [:pointer], :pointer, blocking: false
    function :hookrail_event_status_json_len, [:pointer], :size_t, blocking: false
    function :hookrail_event_status_delivery_count, [:pointer], :size_t, blocking: false
    function :hookrail_event_status_attempt_count, %i[pointer size_t], :size_t, blocking: false
    function :hookrail_event_status_delivery_id, %i[pointer size_t], :string, blocking: false
    function :hookrail_event_status_delivery_state, %i[pointer size_t], :int, blocking: false
    function :hookrail_event_status_delivery_state_text, %i[pointer size_t], :string, blocking: false
    function :hookrail_event_status_delivery_attempts_truncated, %i[pointer size_t], :bool, blocking: false
    %i[number claim_version http_status latency_ms].each do |member|
      function :"hookrail_event_status_attempt_#{member}", %i[pointer size_t size_t], :int64, blocking: false
    end
    %i[status error_class].each do |member|
      function :"hookrail_event_status_attempt_#{member}", %i[pointer size_t size_t], :string, blocking: false
    end

    function :hookrail_error_free, [:pointer], :void, blocking: false
    %i[status http_status outcome].each do |member|
      function :"hookrail_error_#{member}", [:pointer], :int32, blocking: false
    end
    %i[message body].each do |member|
      function :"hookrail_error_#{member}", [:pointer], :pointer, blocking: false
      function :"hookrail_error_#{member}_len", [:pointer], :size_t, blocking: false
    end
    %i[problem_type problem_title problem_detail idempotency_key].each do |member|
      function :"hookrail_error_#{member}", [:pointer], :string, blocking: false
    end
    function :hookrail_error_retry_after_ms, [:pointer], :int64, blocking: false
    function :hookrail_error_retryable, [:pointer], :bool, blocking: false
    function :hookrail_error_attempts, [:pointer], :uint32, blocking: false
    function :hookrail_error_cause, [:pointer], :pointer, blocking: false

    delivery = [*bytes, *bytes]
    # The places of a VerificationResult, as addresses.
    finding = %i[size_t size_t size_t size_t]
    function :hookrail_verifier_options_new, [], :pointer, blocking: false
    function :hookrail_verifier_options_free, [:pointer], :void, blocking: false
    function :hookrail_verifier_options_add_secret, [:pointer, *bytes, :pointer], :int, blocking: false
    function :hookrail_verifier_options_set_tolerance, %i[pointer int64 pointer], :int, blocking: false
    function :hookrail_verifier_new, %i[pointer pointer pointer], :int, blocking: false
    function :hookrail_verifier_free, [:pointer], :void, blocking: false
    function :hookrail_verifier_verify,
             [:pointer, *delivery, *bytes, :int64, *finding], :int, blocking: false
    function :hookrail_verifier_begin, [:pointer, *delivery, :uint64, :int64, :pointer, :pointer], :int,
             blocking: false
    function :hookrail_verification_update, [:pointer, *bytes, :pointer], :int, blocking: false
    function :hookrail_verification_finish, [:pointer, *finding], :int, blocking: false
    function :hookrail_verification_free, [:pointer], :void, blocking: false
    function :hookrail_verification_set_content_length, %i[pointer uint64 pointer], :int, blocking: false
    function :hookrail_join_headers,
             %i[pointer pointer pointer pointer size_t pointer size_t pointer pointer pointer pointer], :int,
             blocking: false
    function :hookrail_explain_signature,
             [:pointer, *delivery, *bytes, *bytes, :int64, :pointer, :size_t, :pointer, :pointer], :int,
             blocking: false
    function :hookrail_sign, [*bytes, :int64, *bytes, *bytes, :pointer, :size_t, :pointer, :pointer], :int,
             blocking: false

    FUNCTIONS.freeze
  end
end
