#include "results.h"

#include <stdbool.h>

#include "request.h"

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        fail("a result cannot be made", name);
    }
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *positive_or_null(int64_t value)
{
    return value > 0 ? json_integer(value) : json_null();
}

static json_t *natural_or_null(int64_t value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

/* Adds the records of a result, which these functions read. */
#define SET_RECORDS(result, kind, handle)                                                          \
    do {                                                                                           \
        json_t *records = json_array();                                                            \
        hookrail_attempt_record record;                                                            \
        for (size_t index = 0;                                                                     \
             hookrail_##kind##_attempt_record(handle, index, &record, sizeof record); index++) {   \
            json_array_append_new(records, record_result(&record));                                \
        }                                                                                          \
        set(result, "attempt_records", records);                                                   \
        set(result, "request_id", text_or_null(hookrail_##kind##_request_id(handle)));             \
    } while (0)

static json_t *filled_or_null(const char *text)
{
    return text_or_null(*text == '\0' ? NULL : text);
}

static json_t *record_result(const hookrail_attempt_record *record)
{
    json_t *result = json_object();
    set(result, "number", json_integer(record->number));
    set(result, "status", json_string(hookrail_status_name(record->status)));
    set(result, "http_status", positive_or_null(record->http_status));
    set(result, "new_connection", json_boolean(record->new_connection));
    set(result, "message", filled_or_null(record->message));
    set(result, "request_id", filled_or_null(record->request_id));
    return result;
}

static json_t *problem_result(const hookrail_error *error)
{
    json_t *result = json_object();
    set(result, "type", text_or_null(hookrail_error_problem_type(error)));
    set(result, "title", text_or_null(hookrail_error_problem_title(error)));
    set(result, "detail", text_or_null(hookrail_error_problem_detail(error)));
    return result;
}

static json_t *cause_result(const hookrail_error *error)
{
    const hookrail_error *cause = hookrail_error_cause(error);
    return cause == NULL ? json_null() : error_result(hookrail_error_status(cause), cause);
}

/* A function without an error, such as hookrail_verify_signature(), gives only its status. */
json_t *error_result(hookrail_status status, const hookrail_error *error)
{
    const char *name = hookrail_status_name(status);
    const char *body = hookrail_error_body(error);
    json_t *result = json_object();
    set(result, "status", json_string(name));
    set(result, "message", json_string(error == NULL ? name : hookrail_error_message(error)));
    set(result, "http_status", positive_or_null(hookrail_error_http_status(error)));
    set(result, "retry_after_ms", natural_or_null(hookrail_error_retry_after_ms(error)));
    set(result, "problem", problem_result(error));
    set(result, "body", encoded(body, hookrail_error_body_len(error)));
    set(result, "retryable", json_boolean(hookrail_error_retryable(error)));
    set(result, "attempts", json_integer(hookrail_error_attempts(error)));
    set(result, "idempotency_key", text_or_null(hookrail_error_idempotency_key(error)));
    set(result, "outcome", json_string(hookrail_outcome_name(hookrail_error_outcome(error))));
    SET_RECORDS(result, error, error);
    set(result, "cause", cause_result(error));
    return result;
}

json_t *accepted_result(const hookrail_accepted *accepted)
{
    const char *json = hookrail_accepted_json(accepted);
    json_t *ids = json_array();
    for (size_t index = 0; index < hookrail_accepted_delivery_count(accepted); index++) {
        json_array_append_new(ids, json_string(hookrail_accepted_delivery_id(accepted, index)));
    }
    json_t *result = json_object();
    set(result, "event_id", json_string(hookrail_accepted_event_id(accepted)));
    set(result, "delivery_ids", ids);
    set(result, "replayed", json_boolean(hookrail_accepted_replayed(accepted)));
    set(result, "idempotency_key", json_string(hookrail_accepted_idempotency_key(accepted)));
    set(result, "attempts", json_integer(hookrail_accepted_attempts(accepted)));
    SET_RECORDS(result, accepted, accepted);
    set(result, "json", encoded(json, hookrail_accepted_json_len(accepted)));
    return result;
}

static json_t *attempt_result(const hookrail_event_status *event, size_t delivery, size_t index)
{
    int64_t number = hookrail_event_status_attempt_number(event, delivery, index);
    int64_t claim_version = hookrail_event_status_attempt_claim_version(event, delivery, index);
    const char *status = hookrail_event_status_attempt_status(event, delivery, index);
    int64_t http_status = hookrail_event_status_attempt_http_status(event, delivery, index);
    const char *error_class = hookrail_event_status_attempt_error_class(event, delivery, index);
    int64_t latency = hookrail_event_status_attempt_latency_ms(event, delivery, index);
    json_t *result = json_object();
    set(result, "number", json_integer(number));
    set(result, "claim_version", json_integer(claim_version));
    set(result, "status", json_string(status));
    set(result, "http_status", positive_or_null(http_status));
    set(result, "error_class", text_or_null(error_class));
    set(result, "latency_ms", natural_or_null(latency));
    return result;
}

static json_t *delivery_result(const hookrail_event_status *event, size_t delivery)
{
    const char *id = hookrail_event_status_delivery_id(event, delivery);
    const char *state = hookrail_event_status_delivery_state_text(event, delivery);
    bool known = hookrail_event_status_delivery_state(event, delivery) != HOOKRAIL_DELIVERY_UNKNOWN;
    bool truncated = hookrail_event_status_delivery_attempts_truncated(event, delivery);
    json_t *attempts = json_array();
    for (size_t index = 0; index < hookrail_event_status_attempt_count(event, delivery); index++) {
        json_array_append_new(attempts, attempt_result(event, delivery, index));
    }
    json_t *result = json_object();
    set(result, "id", json_string(id));
    set(result, "state", json_string(state));
    set(result, "state_known", json_boolean(known));
    set(result, "attempts_truncated", json_boolean(truncated));
    set(result, "attempts", attempts);
    return result;
}

json_t *event_result(const hookrail_event_status *event)
{
    const char *json = hookrail_event_status_json(event);
    json_t *deliveries = json_array();
    for (size_t index = 0; index < hookrail_event_status_delivery_count(event); index++) {
        json_array_append_new(deliveries, delivery_result(event, index));
    }
    json_t *result = json_object();
    set(result, "event_id", json_string(hookrail_event_status_event_id(event)));
    set(result, "topic", json_string(hookrail_event_status_topic(event)));
    SET_RECORDS(result, event_status, event);
    set(result, "json", encoded(json, hookrail_event_status_json_len(event)));
    set(result, "deliveries", deliveries);
    return result;
}

json_t *completion_result(const hookrail_completion *completion)
{
    const hookrail_accepted *accepted = completion->accepted;
    const hookrail_error *error = completion->error;
    json_t *result = json_object();
    set(result, "tag", json_integer((json_int_t)completion->tag));
    set(result, "outcome", json_string(hookrail_outcome_name(completion->outcome)));
    set(result, "attempts", json_integer(completion->attempts));
    set(result, "accepted", accepted == NULL ? json_null() : accepted_result(accepted));
    set(result, "error",
        error == NULL ? json_null() : error_result(hookrail_error_status(error), error));
    return result;
}
