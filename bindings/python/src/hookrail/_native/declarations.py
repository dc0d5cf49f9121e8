# Written by tools/declarations.py from include/hookrail.h. Do not edit: run `make header`.
"""The constants, structures and functions of the C ABI."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_bool,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Final

HOOKRAIL_VERSION_MAJOR: Final = 0
HOOKRAIL_VERSION_MINOR: Final = 1
HOOKRAIL_VERSION_PATCH: Final = 0
HOOKRAIL_ABI_VERSION: Final = 0

# hookrail_status
HOOKRAIL_OK: Final = 0
HOOKRAIL_INVALID_ARGUMENT: Final = 100
HOOKRAIL_CONFIGURATION: Final = 101
HOOKRAIL_CLOSED: Final = 102
HOOKRAIL_FORKED: Final = 103
HOOKRAIL_QUEUE_FULL: Final = 104
HOOKRAIL_INTERRUPTED: Final = 105
HOOKRAIL_CANCELLED: Final = 106
HOOKRAIL_BUFFER_TOO_SMALL: Final = 107
HOOKRAIL_BODY_TOO_LARGE: Final = 108
HOOKRAIL_DAMAGED_BLOB: Final = 109
HOOKRAIL_OUT_OF_RESOURCES: Final = 110
HOOKRAIL_BODY_INCOMPLETE: Final = 111
HOOKRAIL_CONNECTION: Final = 200
HOOKRAIL_TIMEOUT: Final = 201
HOOKRAIL_TLS: Final = 202
HOOKRAIL_PROTOCOL: Final = 203
HOOKRAIL_BAD_REQUEST: Final = 400
HOOKRAIL_AUTHENTICATION: Final = 401
HOOKRAIL_PERMISSION_DENIED: Final = 403
HOOKRAIL_NOT_FOUND: Final = 404
HOOKRAIL_CONFLICT: Final = 409
HOOKRAIL_PAYLOAD_TOO_LARGE: Final = 413
HOOKRAIL_RATE_LIMITED: Final = 429
HOOKRAIL_UNEXPECTED_STATUS: Final = 499
HOOKRAIL_SERVER_ERROR: Final = 500
HOOKRAIL_RETRIES_EXHAUSTED: Final = 600
HOOKRAIL_SIGNATURE_MALFORMED: Final = 700
HOOKRAIL_TIMESTAMP_TOO_OLD: Final = 701
HOOKRAIL_TIMESTAMP_TOO_NEW: Final = 702
HOOKRAIL_SIGNATURE_MISMATCH: Final = 703
HOOKRAIL_SIGNATURE_MISSING: Final = 704
HOOKRAIL_INTERNAL: Final = 900

# hookrail_outcome
HOOKRAIL_OUTCOME_NONE: Final = 0
HOOKRAIL_OUTCOME_DELIVERED: Final = 1
HOOKRAIL_OUTCOME_NOT_SENT: Final = 2
HOOKRAIL_OUTCOME_REJECTED: Final = 3
HOOKRAIL_OUTCOME_MAYBE_SENT: Final = 4

# hookrail_delivery_state
HOOKRAIL_DELIVERY_UNKNOWN: Final = 0
HOOKRAIL_DELIVERY_PENDING: Final = 1
HOOKRAIL_DELIVERY_IN_FLIGHT: Final = 2
HOOKRAIL_DELIVERY_RETRY_SCHEDULED: Final = 3
HOOKRAIL_DELIVERY_SUCCEEDED: Final = 4
HOOKRAIL_DELIVERY_DEAD_LETTERED: Final = 5
HOOKRAIL_DELIVERY_CANCELLED: Final = 6
HOOKRAIL_DELIVERY_SKIPPED: Final = 7

# hookrail_timeout_constants
HOOKRAIL_INFINITE: Final = -1
HOOKRAIL_DEFAULT_TIMEOUT: Final = 0

# hookrail_tls_roots
HOOKRAIL_TLS_ROOTS_PLATFORM: Final = 0
HOOKRAIL_TLS_ROOTS_EXTRA_ONLY: Final = 1

# hookrail_submit_flags
HOOKRAIL_SUBMIT_NO_COMPLETION: Final = 1

# hookrail_purge_flags
HOOKRAIL_PURGE_QUEUED: Final = 1
HOOKRAIL_PURGE_IN_FLIGHT: Final = 2

# hookrail_signature_constants
HOOKRAIL_DEFAULT_TOLERANCE: Final = 300
HOOKRAIL_NOW: Final = -1
HOOKRAIL_MAX_SECRETS: Final = 16
HOOKRAIL_SIGNATURE_SIZE: Final = 4097


class hookrail_attempt_record(Structure):
    _fields_ = [
        ("number", c_uint32),
        ("status", c_int32),
        ("http_status", c_int32),
        ("new_connection", c_int32),
        ("started_unix_us", c_int64),
        ("started_us", c_uint64),
        ("duration_us", c_uint64),
        ("lookup_us", c_uint64),
        ("connect_us", c_uint64),
        ("tls_us", c_uint64),
        ("waiting_us", c_uint64),
        ("bytes_sent", c_uint64),
        ("bytes_received", c_uint64),
        ("message", c_char_p),
        ("request_id", c_char_p),
    ]


class hookrail_completion(Structure):
    _fields_ = [
        ("tag", c_uint64),
        ("token", c_uint64),
        ("status", c_int32),
        ("outcome", c_int32),
        ("http_status", c_int32),
        ("attempts", c_uint32),
        ("queued_us", c_uint64),
        ("total_us", c_uint64),
        ("accepted", c_void_p),
        ("error", c_void_p),
        ("topic", c_char_p),
        ("idempotency_key", c_char_p),
        ("ordering_key", c_char_p),
    ]


# The functions: the type of the result, and the types of the parameters.
FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "hookrail_version": (
        c_char_p,
        (),
    ),
    "hookrail_abi_version": (
        c_int32,
        (),
    ),
    "hookrail_status_name": (
        c_char_p,
        (c_int64,),
    ),
    "hookrail_delivery_state_name": (
        c_char_p,
        (c_int64,),
    ),
    "hookrail_outcome_name": (
        c_char_p,
        (c_int64,),
    ),
    "hookrail_error_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_error_status": (
        c_int,
        (c_void_p,),
    ),
    "hookrail_error_message": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_error_message_len": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_error_http_status": (
        c_int32,
        (c_void_p,),
    ),
    "hookrail_error_retry_after_ms": (
        c_int64,
        (c_void_p,),
    ),
    "hookrail_error_problem_type": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_error_problem_title": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_error_problem_detail": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_error_body": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_error_body_len": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_error_retryable": (
        c_bool,
        (c_void_p,),
    ),
    "hookrail_error_attempts": (
        c_uint32,
        (c_void_p,),
    ),
    "hookrail_error_idempotency_key": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_error_outcome": (
        c_int,
        (c_void_p,),
    ),
    "hookrail_error_cause": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_error_last": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_error_attempt_record_count": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_error_attempt_record": (
        c_bool,
        (c_void_p, c_size_t, c_void_p, c_size_t),
    ),
    "hookrail_error_request_id": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_client_options_new": (
        c_void_p,
        (),
    ),
    "hookrail_client_options_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_client_options_set_connect_timeout_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_read_timeout_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_write_timeout_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_total_timeout_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_max_retries": (
        c_int,
        (c_void_p, c_int32, c_void_p),
    ),
    "hookrail_client_options_set_backoff_ms": (
        c_int,
        (c_void_p, c_int64, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_respect_retry_after": (
        c_int,
        (c_void_p, c_bool, c_void_p),
    ),
    "hookrail_client_options_set_payload_limit": (
        c_int,
        (c_void_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_add_header": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_user_agent_suffix": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_binding": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_require_https": (
        c_int,
        (c_void_p, c_bool, c_void_p),
    ),
    "hookrail_client_options_set_require_base_url": (
        c_int,
        (c_void_p, c_bool, c_void_p),
    ),
    "hookrail_client_options_add_ca_file": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_add_ca_pem": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_tls_roots": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_proxy": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_unix_socket": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_idle_connections": (
        c_int,
        (c_void_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_max_connection_age_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_options_set_client_certificate_file": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_client_certificate_pem": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_queue_max_events": (
        c_int,
        (c_void_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_queue_max_bytes": (
        c_int,
        (c_void_p, c_size_t, c_void_p),
    ),
    "hookrail_client_options_set_workers": (
        c_int,
        (c_void_p, c_int32, c_void_p),
    ),
    "hookrail_client_options_set_delivery_timeout_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_client_new": (
        c_int,
        (c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_client_close": (
        c_int,
        (c_void_p, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_client_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_client_shared": (
        c_int,
        (c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_client_stats": (
        c_int,
        (c_void_p, c_void_p, c_size_t, c_void_p, c_void_p),
    ),
    "hookrail_client_metrics": (
        c_int,
        (c_void_p, c_void_p, c_size_t, c_void_p, c_void_p),
    ),
    "hookrail_cancel_new": (
        c_int,
        (c_void_p, c_void_p),
    ),
    "hookrail_cancel_fire": (
        None,
        (c_void_p,),
    ),
    "hookrail_cancel_is_fired": (
        c_bool,
        (c_void_p,),
    ),
    "hookrail_cancel_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_send_options_new": (
        c_void_p,
        (),
    ),
    "hookrail_send_options_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_send_options_set_idempotency_key": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_send_options_set_ordering_key": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_send_options_add_header": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_send_options_set_timeout_ms": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_send_options_set_cancel": (
        c_int,
        (c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_accepted_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_accepted_event_id": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_accepted_delivery_count": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_accepted_delivery_id": (
        c_char_p,
        (c_void_p, c_size_t),
    ),
    "hookrail_accepted_replayed": (
        c_bool,
        (c_void_p,),
    ),
    "hookrail_accepted_idempotency_key": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_accepted_attempts": (
        c_uint32,
        (c_void_p,),
    ),
    "hookrail_accepted_json": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_accepted_json_len": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_accepted_attempt_record_count": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_accepted_attempt_record": (
        c_bool,
        (c_void_p, c_size_t, c_void_p, c_size_t),
    ),
    "hookrail_accepted_request_id": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_send_event": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_event_prepare": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_prepared_blob": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_prepared_blob_len": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_prepared_idempotency_key": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_prepared_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_send_prepared": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_get_event": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_event_status_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_event_status_event_id": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_event_status_topic": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_event_status_json": (
        c_void_p,
        (c_void_p,),
    ),
    "hookrail_event_status_json_len": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_event_status_delivery_count": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_event_status_delivery_id": (
        c_char_p,
        (c_void_p, c_size_t),
    ),
    "hookrail_event_status_delivery_state": (
        c_int,
        (c_void_p, c_size_t),
    ),
    "hookrail_event_status_delivery_state_text": (
        c_char_p,
        (c_void_p, c_size_t),
    ),
    "hookrail_event_status_delivery_attempts_truncated": (
        c_bool,
        (c_void_p, c_size_t),
    ),
    "hookrail_event_status_attempt_count": (
        c_size_t,
        (c_void_p, c_size_t),
    ),
    "hookrail_event_status_attempt_number": (
        c_int64,
        (c_void_p, c_size_t, c_size_t),
    ),
    "hookrail_event_status_attempt_claim_version": (
        c_int64,
        (c_void_p, c_size_t, c_size_t),
    ),
    "hookrail_event_status_attempt_status": (
        c_char_p,
        (c_void_p, c_size_t, c_size_t),
    ),
    "hookrail_event_status_attempt_http_status": (
        c_int64,
        (c_void_p, c_size_t, c_size_t),
    ),
    "hookrail_event_status_attempt_error_class": (
        c_char_p,
        (c_void_p, c_size_t, c_size_t),
    ),
    "hookrail_event_status_attempt_latency_ms": (
        c_int64,
        (c_void_p, c_size_t, c_size_t),
    ),
    "hookrail_event_status_attempt_record_count": (
        c_size_t,
        (c_void_p,),
    ),
    "hookrail_event_status_attempt_record": (
        c_bool,
        (c_void_p, c_size_t, c_void_p, c_size_t),
    ),
    "hookrail_event_status_request_id": (
        c_char_p,
        (c_void_p,),
    ),
    "hookrail_call_send": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_call_send_prepared": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_call_get_event": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_call_wait": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_call_fd": (
        c_int32,
        (c_void_p,),
    ),
    "hookrail_call_report": (
        c_int,
        (c_void_p, c_uint64, c_void_p),
    ),
    "hookrail_calls_fd": (
        c_int,
        (c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_calls_collect": (
        c_int,
        (c_void_p, c_void_p, c_size_t, c_void_p, c_void_p),
    ),
    "hookrail_call_cancel": (
        None,
        (c_void_p,),
    ),
    "hookrail_call_finish_send": (
        c_int,
        (c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_call_finish_get_event": (
        c_int,
        (c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_call_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_send_event_interruptible": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_send_prepared_interruptible": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_int64, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_submit_event": (
        c_int,
        (
            c_void_p,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_void_p,
            c_uint64,
            c_uint32,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_submit_event_wait": (
        c_int,
        (
            c_void_p,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_void_p,
            c_uint64,
            c_uint32,
            c_int64,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_submit_prepared": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_int64, c_uint64, c_uint32, c_void_p, c_void_p),
    ),
    "hookrail_poll": (
        c_int,
        (c_void_p, c_void_p, c_size_t, c_size_t, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_event_fd": (
        c_int,
        (c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_wakeup": (
        None,
        (c_void_p,),
    ),
    "hookrail_cancel_submitted": (
        c_int,
        (c_void_p, c_uint64, c_void_p),
    ),
    "hookrail_flush": (
        c_int,
        (c_void_p, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_purge": (
        c_int,
        (c_void_p, c_uint32, c_void_p, c_void_p),
    ),
    "hookrail_pending": (
        c_int,
        (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_verification_set_content_length": (
        c_int,
        (c_void_p, c_uint64, c_void_p),
    ),
    "hookrail_verification_update": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_verification_finish": (
        c_int,
        (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_verification_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_verifier_options_new": (
        c_void_p,
        (),
    ),
    "hookrail_verifier_options_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_verifier_options_add_secret": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_void_p),
    ),
    "hookrail_verifier_options_set_tolerance": (
        c_int,
        (c_void_p, c_int64, c_void_p),
    ),
    "hookrail_verifier_new": (
        c_int,
        (c_void_p, c_void_p, c_void_p),
    ),
    "hookrail_verifier_free": (
        None,
        (c_void_p,),
    ),
    "hookrail_verifier_verify": (
        c_int,
        (
            c_void_p,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_int64,
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_verifier_begin": (
        c_int,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_uint64, c_int64, c_void_p, c_void_p),
    ),
    "hookrail_verify_signature": (
        c_int,
        (
            c_void_p,
            c_void_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_int64,
            c_int64,
        ),
    ),
    "hookrail_sign": (
        c_int,
        (
            c_char_p,
            c_size_t,
            c_int64,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_void_p,
            c_size_t,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_join_headers": (
        c_int,
        (
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
            c_size_t,
            c_void_p,
            c_size_t,
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_find_headers": (
        c_int,
        (
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
            c_size_t,
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_explain_signature": (
        c_int,
        (
            c_void_p,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_char_p,
            c_size_t,
            c_int64,
            c_void_p,
            c_size_t,
            c_void_p,
            c_void_p,
        ),
    ),
    "hookrail_pointer_keep": (
        c_uint64,
        (c_int32, c_void_p),
    ),
    "hookrail_pointer_get": (
        c_void_p,
        (c_int32, c_uint64),
    ),
    "hookrail_pointer_take": (
        c_void_p,
        (c_int32, c_uint64),
    ),
}
