<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * The result and parameter types of the library's functions. Gate checks each argument against them.
 *
 * A test compares them with resources/hookrail.h.
 *
 * @internal
 */
final class Signatures
{
    /** The types of handles, by name without "hookrail_", and their numbers for the library. */
    public const HANDLES = [
        'accepted' => 1,
        'call' => 2,
        'cancel' => 3,
        'client' => 4,
        'client_options' => 5,
        'error' => 6,
        'event_status' => 7,
        'prepared' => 8,
        'send_options' => 9,
        'verification' => 10,
        'verifier' => 11,
        'verifier_options' => 12,
    ];

    /** The outputs that are handles. */
    public const MADE = [
        '>accepted' => self::HANDLES['accepted'],
        '>call' => self::HANDLES['call'],
        '>cancel' => self::HANDLES['cancel'],
        '>client' => self::HANDLES['client'],
        '>event_status' => self::HANDLES['event_status'],
        '>prepared' => self::HANDLES['prepared'],
        '>verification' => self::HANDLES['verification'],
        '>verifier' => self::HANDLES['verifier'],
    ];

    /** The C types of what an output points to. */
    public const OUTPUTS = [
        '>accepted' => 'hookrail_accepted *',
        '>call' => 'hookrail_call *',
        '>cancel' => 'hookrail_cancel *',
        '>client' => 'hookrail_client *',
        '>error' => 'hookrail_error *',
        '>event_status' => 'hookrail_event_status *',
        '>prepared' => 'hookrail_prepared *',
        '>verification' => 'hookrail_verification *',
        '>verifier' => 'hookrail_verifier *',
        '>int32_t' => 'int32_t',
        '>int64_t' => 'int64_t',
        '>size_t' => 'size_t',
        '>uint64_t' => 'uint64_t',
    ];

    /**
     * First the type of the result, then those of the parameters: "bytes" with their length, "int" for every integer,
     * "bool", the name of a handle. Outputs begin with ">": a C type, the name of a handle, "text" for a buffer with
     * its size and the needed size, "error".
     */
    public const FUNCTIONS = [
        'hookrail_abi_version' => ['int'],
        'hookrail_call_cancel' => ['void', 'call'],
        'hookrail_call_finish_get_event' => ['status', 'call', '>event_status', '>error'],
        'hookrail_call_finish_send' => ['status', 'call', '>accepted', '>error'],
        'hookrail_call_get_event' => ['status', 'client', 'bytes', 'int', '>call', '>error'],
        'hookrail_call_send' => ['status', 'client', 'bytes', 'bytes', 'send_options', '>call', '>error'],
        'hookrail_call_send_prepared' => ['status', 'client', 'bytes', 'int', '>call', '>error'],
        'hookrail_call_wait' => ['status', 'call', 'int', '>error'],
        'hookrail_cancel_fire' => ['void', 'cancel'],
        'hookrail_cancel_is_fired' => ['bool', 'cancel'],
        'hookrail_cancel_new' => ['status', '>cancel', '>error'],
        'hookrail_cancel_submitted' => ['status', 'client', 'int', '>error'],
        'hookrail_client_close' => ['status', 'client', 'int', '>size_t', '>error'],
        'hookrail_client_metrics' => ['status', 'client', '>text', '>error'],
        'hookrail_client_new' => ['status', 'bytes', 'bytes', 'client_options', '>client', '>error'],
        'hookrail_client_options_add_ca_file' => ['status', 'client_options', 'bytes', '>error'],
        'hookrail_client_options_add_ca_pem' => ['status', 'client_options', 'bytes', '>error'],
        'hookrail_client_options_add_header' => ['status', 'client_options', 'bytes', 'bytes', '>error'],
        'hookrail_client_options_new' => ['client_options'],
        'hookrail_client_options_set_backoff_ms' => ['status', 'client_options', 'int', 'int', '>error'],
        'hookrail_client_options_set_binding' => ['status', 'client_options', 'bytes', '>error'],
        'hookrail_client_options_set_client_certificate_file' => [
            'status', 'client_options', 'bytes', 'bytes', '>error',
        ],
        'hookrail_client_options_set_client_certificate_pem' => [
            'status', 'client_options', 'bytes', 'bytes', '>error',
        ],
        'hookrail_client_options_set_connect_timeout_ms' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_delivery_timeout_ms' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_idle_connections' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_max_connection_age_ms' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_max_retries' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_payload_limit' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_proxy' => ['status', 'client_options', 'bytes', '>error'],
        'hookrail_client_options_set_queue_max_bytes' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_queue_max_events' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_read_timeout_ms' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_require_base_url' => ['status', 'client_options', 'bool', '>error'],
        'hookrail_client_options_set_require_https' => ['status', 'client_options', 'bool', '>error'],
        'hookrail_client_options_set_respect_retry_after' => ['status', 'client_options', 'bool', '>error'],
        'hookrail_client_options_set_tls_roots' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_total_timeout_ms' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_unix_socket' => ['status', 'client_options', 'bytes', '>error'],
        'hookrail_client_options_set_user_agent_suffix' => ['status', 'client_options', 'bytes', '>error'],
        'hookrail_client_options_set_workers' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_options_set_write_timeout_ms' => ['status', 'client_options', 'int', '>error'],
        'hookrail_client_shared' => ['status', 'bytes', 'bytes', 'bytes', 'client_options', '>client', '>error'],
        'hookrail_client_stats' => ['status', 'client', '>text', '>error'],
        'hookrail_event_fd' => ['status', 'client', '>int32_t', '>error'],
        'hookrail_event_prepare' => ['status', 'client', 'bytes', 'bytes', 'send_options', '>prepared', '>error'],
        'hookrail_event_status_attempt_claim_version' => ['int', 'event_status', 'int', 'int'],
        'hookrail_event_status_attempt_count' => ['int', 'event_status', 'int'],
        'hookrail_event_status_attempt_error_class' => ['text', 'event_status', 'int', 'int'],
        'hookrail_event_status_attempt_http_status' => ['int', 'event_status', 'int', 'int'],
        'hookrail_event_status_attempt_latency_ms' => ['int', 'event_status', 'int', 'int'],
        'hookrail_event_status_attempt_number' => ['int', 'event_status', 'int', 'int'],
        'hookrail_event_status_attempt_status' => ['text', 'event_status', 'int', 'int'],
        'hookrail_event_status_delivery_attempts_truncated' => ['bool', 'event_status', 'int'],
        'hookrail_event_status_delivery_count' => ['int', 'event_status'],
        'hookrail_event_status_delivery_id' => ['text', 'event_status', 'int'],
        'hookrail_event_status_delivery_state_text' => ['text', 'event_status', 'int'],
        'hookrail_event_status_event_id' => ['text', 'event_status'],
        'hookrail_event_status_json' => ['bytes', 'event_status'],
        'hookrail_event_status_request_id' => ['text', 'event_status'],
        'hookrail_event_status_topic' => ['text', 'event_status'],
        'hookrail_explain_signature' => [
            'status', 'verifier_options', 'bytes', 'bytes', 'bytes', 'bytes', 'int', '>text', '>error',
        ],
        'hookrail_flush' => ['status', 'client', 'int', '>size_t', '>error'],
        'hookrail_get_event' => ['status', 'client', 'bytes', 'cancel', 'int', '>event_status', '>error'],
        'hookrail_pending' => ['status', 'client', '>size_t', '>size_t', '>size_t', '>error'],
        'hookrail_prepared_blob' => ['bytes', 'prepared'],
        'hookrail_prepared_idempotency_key' => ['text', 'prepared'],
        'hookrail_purge' => ['status', 'client', 'int', '>size_t', '>error'],
        'hookrail_send_event' => ['status', 'client', 'bytes', 'bytes', 'send_options', '>accepted', '>error'],
        'hookrail_send_options_add_header' => ['status', 'send_options', 'bytes', 'bytes', '>error'],
        'hookrail_send_options_new' => ['send_options'],
        'hookrail_send_options_set_cancel' => ['status', 'send_options', 'cancel', '>error'],
        'hookrail_send_options_set_idempotency_key' => ['status', 'send_options', 'bytes', '>error'],
        'hookrail_send_options_set_ordering_key' => ['status', 'send_options', 'bytes', '>error'],
        'hookrail_send_options_set_timeout_ms' => ['status', 'send_options', 'int', '>error'],
        'hookrail_send_prepared' => ['status', 'client', 'bytes', 'cancel', 'int', '>accepted', '>error'],
        'hookrail_sign' => ['status', 'bytes', 'int', 'bytes', 'bytes', '>text', '>error'],
        'hookrail_status_name' => ['text', 'int'],
        'hookrail_submit_event' => [
            'status', 'client', 'bytes', 'bytes', 'send_options', 'int', 'int', '>uint64_t', '>error',
        ],
        'hookrail_submit_event_wait' => [
            'status', 'client', 'bytes', 'bytes', 'send_options', 'int', 'int', 'int', '>uint64_t', '>error',
        ],
        'hookrail_submit_prepared' => ['status', 'client', 'bytes', 'int', 'int', 'int', '>uint64_t', '>error'],
        'hookrail_verification_finish' => ['status', 'verification', '>size_t', '>int64_t', '>int64_t', '>error'],
        'hookrail_verification_set_content_length' => ['status', 'verification', 'int', '>error'],
        'hookrail_verification_update' => ['status', 'verification', 'bytes', '>error'],
        'hookrail_verifier_begin' => ['status', 'verifier', 'bytes', 'bytes', 'int', 'int', '>verification', '>error'],
        'hookrail_verifier_new' => ['status', 'verifier_options', '>verifier', '>error'],
        'hookrail_verifier_options_add_secret' => ['status', 'verifier_options', 'bytes', '>error'],
        'hookrail_verifier_options_new' => ['verifier_options'],
        'hookrail_verifier_options_set_tolerance' => ['status', 'verifier_options', 'int', '>error'],
        'hookrail_verifier_verify' => [
            'status', 'verifier', 'bytes', 'bytes', 'bytes', 'int', '>size_t', '>int64_t', '>int64_t', '>error',
        ],
        'hookrail_version' => ['text'],
        'hookrail_wakeup' => ['void', 'client'],
    ];

    private function __construct()
    {
    }
}
