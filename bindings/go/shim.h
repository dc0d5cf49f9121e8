/*
 * The C side of calls of the Go package: each takes one crossing between Go and C instead of one for each function of
 * the library. Results are returned by value, so that C writes to no Go memory.
 *
 * An absent string argument is NULL; an empty one is not.
 */
#ifndef HOOKRAIL_GO_SHIM_H
#define HOOKRAIL_GO_SHIM_H

#include <hookrail.h>
#include <string.h>

/* The result of a fallible function: a status, and the handle that it made or the error that it reported. */
typedef struct hkgo_result {
    int32_t status;
    void *value;
    hookrail_error *error;
} hkgo_result;

/* The number of records of a handle, and the first of them: most calls have one. */
typedef struct hkgo_records {
    size_t count;
    hookrail_attempt_record first;
} hkgo_records;

typedef struct hkgo_accepted {
    hkgo_records records;
    const char *request_id;
    const char *event_id;
    const char *idempotency_key;
    const char *json;
    size_t json_len;
    size_t deliveries;
    uint32_t attempts;
    bool replayed;
} hkgo_accepted;

typedef struct hkgo_error {
    hkgo_records records;
    const char *request_id;
    int32_t status;
    int32_t http_status;
    int32_t outcome;
    uint32_t attempts;
    int64_t retry_after_ms;
    bool retryable;
    const char *message;
    size_t message_len;
    const char *problem_type;
    const char *problem_title;
    const char *problem_detail;
    const char *body;
    size_t body_len;
    const char *idempotency_key;
    const hookrail_error *cause;
} hkgo_error;

typedef struct hkgo_delivery {
    const char *id;
    const char *state;
    bool attempts_truncated;
    size_t attempts;
} hkgo_delivery;

typedef struct hkgo_attempt {
    int64_t number;
    int64_t claim_version;
    const char *status;
    int64_t http_status;
    const char *error_class;
    int64_t latency_ms;
} hkgo_attempt;

typedef struct hkgo_verified {
    int32_t status;
    size_t secret_index;
    int64_t signed_at;
    int64_t skew_seconds;
    hookrail_error *error;
} hkgo_verified;

typedef struct hkgo_submitted {
    int32_t status;
    uint64_t token;
    hookrail_error *error;
} hkgo_submitted;

typedef struct hkgo_closed {
    int32_t status;
    size_t unsent;
    hookrail_error *error;
} hkgo_closed;

/* An event with its options. The headers are one after the other: the lengths of name and value as uint32_t, name,
 * value. */
typedef struct hkgo_event {
    const char *topic;
    size_t topic_len;
    const char *payload;
    size_t payload_len;
    const char *key;
    size_t key_len;
    const char *ordering_key;
    size_t ordering_key_len;
    const char *headers;
    size_t headers_len;
} hkgo_event;

static inline hookrail_status hkgo_add_headers(hookrail_send_options *options, const char *headers,
                                               size_t headers_len, hookrail_error **error) {
    hookrail_status status = HOOKRAIL_OK;
    const char *end = headers + headers_len;
    while (headers < end && status == HOOKRAIL_OK) {
        uint32_t lengths[2];
        memcpy(lengths, headers, sizeof lengths);
        const char *name = headers + sizeof lengths;
        const char *value = name + lengths[0];
        headers = value + lengths[1];
        status = hookrail_send_options_add_header(options, name, lengths[0], value, lengths[1], error);
    }
    return status;
}

/* Sets *out to NULL if all options have their defaults. The caller frees *out, even after an error. */
static inline hookrail_status hkgo_send_options(const hkgo_event *event, int64_t timeout_ms,
                                                const hookrail_cancel *cancel, hookrail_send_options **out,
                                                hookrail_error **error) {
    hookrail_status status = HOOKRAIL_OK;
    *out = NULL;
    if (event->key == NULL && event->ordering_key == NULL && event->headers_len == 0 && timeout_ms == 0 &&
        cancel == NULL) {
        return status;
    }
    *out = hookrail_send_options_new();
    if (event->key != NULL) {
        status = hookrail_send_options_set_idempotency_key(*out, event->key, event->key_len, error);
    }
    if (status == HOOKRAIL_OK && event->ordering_key != NULL) {
        status = hookrail_send_options_set_ordering_key(*out, event->ordering_key, event->ordering_key_len,
                                                        error);
    }
    if (status == HOOKRAIL_OK && event->headers_len > 0) {
        status = hkgo_add_headers(*out, event->headers, event->headers_len, error);
    }
    if (status == HOOKRAIL_OK && timeout_ms != 0) {
        status = hookrail_send_options_set_timeout_ms(*out, timeout_ms, error);
    }
    if (status == HOOKRAIL_OK && cancel != NULL) {
        status = hookrail_send_options_set_cancel(*out, cancel, error);
    }
    return status;
}

/* Gives a started call its tag. The value of the result is the call. */
static inline hkgo_result hkgo_started(hookrail_status status, hookrail_call *call, uint64_t tag,
                                       hookrail_error *error) {
    if (status == HOOKRAIL_OK) {
        status = hookrail_call_report(call, tag, &error);
    }
    if (status != HOOKRAIL_OK) {
        hookrail_call_free(call);
        call = NULL;
    }
    hkgo_result result = {status, call, error};
    return result;
}

/* With a tag, a call is started in the background and is the value of the result. Without one (0), the thread waits for
 * the answer. */
static inline hkgo_result hkgo_send_event(const hookrail_client *client, hkgo_event event,
                                          int64_t timeout_ms, const hookrail_cancel *cancel, uint64_t tag) {
    hookrail_send_options *options;
    hookrail_accepted *accepted = NULL;
    hookrail_call *call = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = hkgo_send_options(&event, timeout_ms, cancel, &options, &error);
    if (status == HOOKRAIL_OK && tag == 0) {
        status = hookrail_send_event(client, event.topic, event.topic_len, event.payload, event.payload_len,
                                     options, &accepted, &error);
    } else if (status == HOOKRAIL_OK) {
        status = hookrail_call_send(client, event.topic, event.topic_len, event.payload, event.payload_len,
                                    options, &call, &error);
    }
    hookrail_send_options_free(options);
    if (tag != 0) {
        return hkgo_started(status, call, tag, error);
    }
    hkgo_result result = {status, accepted, error};
    return result;
}

static inline hkgo_result hkgo_prepare(const hookrail_client *client, hkgo_event event) {
    hookrail_send_options *options;
    hookrail_prepared *prepared = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = hkgo_send_options(&event, 0, NULL, &options, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_event_prepare(client, event.topic, event.topic_len, event.payload,
                                        event.payload_len, options, &prepared, &error);
    }
    hookrail_send_options_free(options);
    hkgo_result result = {status, prepared, error};
    return result;
}

static inline hkgo_result hkgo_send_prepared(const hookrail_client *client, const char *blob, size_t blob_len,
                                             int64_t timeout_ms, const hookrail_cancel *cancel,
                                             uint64_t tag) {
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    if (tag != 0) {
        hookrail_call *call = NULL;
        hookrail_status status =
            hookrail_call_send_prepared(client, blob, blob_len, timeout_ms, &call, &error);
        return hkgo_started(status, call, tag, error);
    }
    hookrail_status status =
        hookrail_send_prepared(client, blob, blob_len, cancel, timeout_ms, &accepted, &error);
    hkgo_result result = {status, accepted, error};
    return result;
}

static inline hkgo_submitted hkgo_submit_event(const hookrail_client *client, hkgo_event event,
                                               int64_t timeout_ms, uint64_t tag) {
    hkgo_submitted submitted = {0};
    hookrail_send_options *options;
    submitted.status = hkgo_send_options(&event, timeout_ms, NULL, &options, &submitted.error);
    if (submitted.status == HOOKRAIL_OK) {
        submitted.status =
            hookrail_submit_event(client, event.topic, event.topic_len, event.payload, event.payload_len,
                                  options, tag, 0, &submitted.token, &submitted.error);
    }
    hookrail_send_options_free(options);
    return submitted;
}

static inline hkgo_submitted hkgo_submit_prepared(const hookrail_client *client, const char *blob,
                                                  size_t blob_len, int64_t timeout_ms, uint64_t tag) {
    hkgo_submitted submitted = {0};
    submitted.status = hookrail_submit_prepared(client, blob, blob_len, timeout_ms, tag, 0,
                                                &submitted.token, &submitted.error);
    return submitted;
}

/* Collects nothing before the first submit. It fails if the library does not know this hookrail_completion, as one that
 * is older than the header. */
static inline hkgo_result hkgo_check_completions(const hookrail_client *client) {
    hookrail_completion completion;
    size_t count = 0;
    hookrail_error *error = NULL;
    hookrail_status status = hookrail_poll(client, &completion, sizeof completion, 1, 0, &count, &error);
    hkgo_result result = {status, NULL, error};
    return result;
}

/* Collects available completions. If a signal ends the attempt early, it is repeated. */
static inline size_t hkgo_collect(const hookrail_client *client, hookrail_completion *completions,
                                  size_t capacity) {
    hookrail_status status;
    size_t count = 0;
    do {
        status = hookrail_poll(client, completions, sizeof *completions, capacity, 0, &count, NULL);
    } while (status == HOOKRAIL_INTERRUPTED);
    return status == HOOKRAIL_OK ? count : 0;
}

/* Cancels the unsent events and ends the producer's threads. */
static inline hkgo_closed hkgo_close(const hookrail_client *client) {
    hkgo_closed closed = {0};
    do {
        hookrail_error_free(closed.error);
        closed.error = NULL;
        closed.status = hookrail_client_close(client, 0, &closed.unsent, &closed.error);
    } while (closed.status == HOOKRAIL_INTERRUPTED);
    return closed;
}

static inline hkgo_result hkgo_get_event(const hookrail_client *client, const char *event_id,
                                         size_t event_id_len, int64_t timeout_ms,
                                         const hookrail_cancel *cancel, uint64_t tag) {
    hookrail_event_status *event = NULL;
    hookrail_error *error = NULL;
    if (tag != 0) {
        hookrail_call *call = NULL;
        hookrail_status status =
            hookrail_call_get_event(client, event_id, event_id_len, timeout_ms, &call, &error);
        return hkgo_started(status, call, tag, error);
    }
    hookrail_status status =
        hookrail_get_event(client, event_id, event_id_len, cancel, timeout_ms, &event, &error);
    hkgo_result result = {status, event, error};
    return result;
}

/* Takes the result of a call that is done, and frees the call. */
static inline hkgo_result hkgo_finish_call(hookrail_call *call, bool is_send) {
    hkgo_result result = {0};
    if (is_send) {
        hookrail_accepted *accepted = NULL;
        result.status = hookrail_call_finish_send(call, &accepted, &result.error);
        result.value = accepted;
    } else {
        hookrail_event_status *event = NULL;
        result.status = hookrail_call_finish_get_event(call, &event, &result.error);
        result.value = event;
    }
    hookrail_call_free(call);
    return result;
}

/* Collects the tags of calls that are done. */
static inline size_t hkgo_collect_calls(const hookrail_client *client, uint64_t *tags, size_t capacity) {
    size_t count = 0;
    return hookrail_calls_collect(client, tags, capacity, &count, NULL) == HOOKRAIL_OK ? count : 0;
}

static inline hkgo_accepted hkgo_read_accepted(const hookrail_accepted *accepted) {
    hkgo_accepted read = {
        .event_id = hookrail_accepted_event_id(accepted),
        .idempotency_key = hookrail_accepted_idempotency_key(accepted),
        .json = hookrail_accepted_json(accepted),
        .json_len = hookrail_accepted_json_len(accepted),
        .deliveries = hookrail_accepted_delivery_count(accepted),
        .attempts = hookrail_accepted_attempts(accepted),
        .replayed = hookrail_accepted_replayed(accepted),
        .records.count = hookrail_accepted_attempt_record_count(accepted),
        .request_id = hookrail_accepted_request_id(accepted),
    };
    hookrail_accepted_attempt_record(accepted, 0, &read.records.first, sizeof read.records.first);
    return read;
}

static inline hkgo_error hkgo_read_error(const hookrail_error *error) {
    hkgo_error read = {
        .status = hookrail_error_status(error),
        .http_status = hookrail_error_http_status(error),
        .outcome = hookrail_error_outcome(error),
        .attempts = hookrail_error_attempts(error),
        .retry_after_ms = hookrail_error_retry_after_ms(error),
        .retryable = hookrail_error_retryable(error),
        .message = hookrail_error_message(error),
        .message_len = hookrail_error_message_len(error),
        .problem_type = hookrail_error_problem_type(error),
        .problem_title = hookrail_error_problem_title(error),
        .problem_detail = hookrail_error_problem_detail(error),
        .body = hookrail_error_body(error),
        .body_len = hookrail_error_body_len(error),
        .idempotency_key = hookrail_error_idempotency_key(error),
        .cause = hookrail_error_cause(error),
        .records.count = hookrail_error_attempt_record_count(error),
        .request_id = hookrail_error_request_id(error),
    };
    hookrail_error_attempt_record(error, 0, &read.records.first, sizeof read.records.first);
    return read;
}

static inline hkgo_records hkgo_read_status_records(const hookrail_event_status *event) {
    hkgo_records read = {.count = hookrail_event_status_attempt_record_count(event)};
    hookrail_event_status_attempt_record(event, 0, &read.first, sizeof read.first);
    return read;
}

static inline hkgo_delivery hkgo_read_delivery(const hookrail_event_status *event, size_t index) {
    hkgo_delivery read = {
        .id = hookrail_event_status_delivery_id(event, index),
        .state = hookrail_event_status_delivery_state_text(event, index),
        .attempts_truncated = hookrail_event_status_delivery_attempts_truncated(event, index),
        .attempts = hookrail_event_status_attempt_count(event, index),
    };
    return read;
}

static inline hkgo_attempt hkgo_read_attempt(const hookrail_event_status *event, size_t delivery,
                                             size_t index) {
    hkgo_attempt read = {
        .number = hookrail_event_status_attempt_number(event, delivery, index),
        .claim_version = hookrail_event_status_attempt_claim_version(event, delivery, index),
        .status = hookrail_event_status_attempt_status(event, delivery, index),
        .http_status = hookrail_event_status_attempt_http_status(event, delivery, index),
        .error_class = hookrail_event_status_attempt_error_class(event, delivery, index),
        .latency_ms = hookrail_event_status_attempt_latency_ms(event, delivery, index),
    };
    return read;
}

static inline hkgo_verified hkgo_verify(const hookrail_verifier *verifier, const char *header,
                                        size_t header_len, const char *delivery_id, size_t delivery_id_len,
                                        const char *body, size_t body_len, int64_t now_unix) {
    hkgo_verified verified = {0};
    verified.status =
        hookrail_verifier_verify(verifier, header, header_len, delivery_id, delivery_id_len, body, body_len,
                                 now_unix, &verified.secret_index, &verified.signed_at,
                                 &verified.skew_seconds, &verified.error);
    return verified;
}

static inline hkgo_result hkgo_begin(const hookrail_verifier *verifier, const char *header, size_t header_len,
                                     const char *delivery_id, size_t delivery_id_len, uint64_t body_limit,
                                     int64_t now_unix) {
    hookrail_verification *verification = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = hookrail_verifier_begin(verifier, header, header_len, delivery_id,
                                                     delivery_id_len, body_limit, now_unix, &verification,
                                                     &error);
    hkgo_result result = {status, verification, error};
    return result;
}

static inline hkgo_result hkgo_set_content_length(hookrail_verification *verification,
                                                  uint64_t content_length) {
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_verification_set_content_length(verification, content_length, &error);
    hkgo_result result = {status, NULL, error};
    return result;
}

static inline hkgo_result hkgo_update(hookrail_verification *verification, const char *chunk,
                                      size_t chunk_len) {
    hookrail_error *error = NULL;
    hookrail_status status = hookrail_verification_update(verification, chunk, chunk_len, &error);
    hkgo_result result = {status, NULL, error};
    return result;
}

static inline hkgo_verified hkgo_finish(hookrail_verification *verification) {
    hkgo_verified verified = {0};
    verified.status = hookrail_verification_finish(verification, &verified.secret_index,
                                                   &verified.signed_at, &verified.skew_seconds,
                                                   &verified.error);
    return verified;
}

#endif
