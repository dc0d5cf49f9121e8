#include "results.h"

#include "request.h"

static json_t *positive_or_null(int64_t value)
{
    return value > 0 ? json_integer(value) : json_null();
}

static json_t *natural_or_null(int64_t value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

static json_t *cause_result(const hookrail_error *error)
{
    const hookrail_error *cause = hookrail_error_cause(error);
    return cause == NULL ? json_null() : error_result(hookrail_error_status(cause), cause);
}

/* A function without an error, such as hookrail_verify_signature(), says no more than its status. */
json_t *error_result(hookrail_status status, const hookrail_error *error)
{
    const char *name = hookrail_status_name(status);
    const char *message = error == NULL ? name : hookrail_error_message(error);
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:{s:s?, s:s?, s:s?}, s:o, s:b, s:i, s:s?, s:s, s:o}",
        "status", name,
        "message", message,
        "http_status", positive_or_null(hookrail_error_http_status(error)),
        "retry_after_ms", natural_or_null(hookrail_error_retry_after_ms(error)),
        "problem",
        "type", hookrail_error_problem_type(error),
        "title", hookrail_error_problem_title(error),
        "detail", hookrail_error_problem_detail(error),
        "body", encoded(hookrail_error_body(error), hookrail_error_body_len(error)),
        "retryable", hookrail_error_retryable(error),
        "attempts", (int)hookrail_error_attempts(error),
        "idempotency_key", hookrail_error_idempotency_key(error),
        "outcome", hookrail_outcome_name(hookrail_error_outcome(error)),
        "cause", cause_result(error));
}

json_t *accepted_result(const hookrail_accepted *accepted)
{
    json_t *ids = json_array();
    for (size_t index = 0; index < hookrail_accepted_delivery_count(accepted); index++) {
        json_array_append_new(ids, json_string(hookrail_accepted_delivery_id(accepted, index)));
    }
    return json_pack(
        "{s:s, s:o, s:b, s:s, s:i, s:o}",
        "event_id", hookrail_accepted_event_id(accepted),
        "delivery_ids", ids,
        "replayed", hookrail_accepted_replayed(accepted),
        "idempotency_key", hookrail_accepted_idempotency_key(accepted),
        "attempts", (int)hookrail_accepted_attempts(accepted),
        "json", encoded(hookrail_accepted_json(accepted), hookrail_accepted_json_len(accepted)));
}

static json_t *attempt_result(const hookrail_event_status *event, size_t delivery, size_t index)
{
    return json_pack(
        "{s:I, s:I, s:s, s:o, s:s?, s:o}",
        "number", (json_int_t)hookrail_event_status_attempt_number(event, delivery, index),
        "claim_version",
        (json_int_t)hookrail_event_status_attempt_claim_version(event, delivery, index),
        "status", hookrail_event_status_attempt_status(event, delivery, index),
        "http_status",
        positive_or_null(hookrail_event_status_attempt_http_status(event, delivery, index)),
        "error_class", hookrail_event_status_attempt_error_class(event, delivery, index),
        "latency_ms",
        natural_or_null(hookrail_event_status_attempt_latency_ms(event, delivery, index)));
}

static json_t *delivery_result(const hookrail_event_status *event, size_t delivery)
{
    hookrail_delivery_state state = hookrail_event_status_delivery_state(event, delivery);
    json_t *attempts = json_array();
    for (size_t index = 0; index < hookrail_event_status_attempt_count(event, delivery); index++) {
        json_array_append_new(attempts, attempt_result(event, delivery, index));
    }
    return json_pack(
        "{s:s, s:s, s:b, s:b, s:o}",
        "id", hookrail_event_status_delivery_id(event, delivery),
        "state", hookrail_event_status_delivery_state_text(event, delivery),
        "state_known", state != HOOKRAIL_DELIVERY_UNKNOWN,
        "attempts_truncated", hookrail_event_status_delivery_attempts_truncated(event, delivery),
        "attempts", attempts);
}

json_t *event_result(const hookrail_event_status *event)
{
    json_t *deliveries = json_array();
    for (size_t index = 0; index < hookrail_event_status_delivery_count(event); index++) {
        json_array_append_new(deliveries, delivery_result(event, index));
    }
    return json_pack(
        "{s:s, s:s, s:o, s:o}",
        "event_id", hookrail_event_status_event_id(event),
        "topic", hookrail_event_status_topic(event),
        "json", encoded(hookrail_event_status_json(event), hookrail_event_status_json_len(event)),
        "deliveries", deliveries);
}

json_t *completion_result(const hookrail_completion *completion)
{
    const hookrail_accepted *accepted = completion->accepted;
    const hookrail_error *error = completion->error;
    return json_pack(
        "{s:I, s:s, s:i, s:o, s:o}",
        "tag", (json_int_t)completion->tag,
        "outcome", hookrail_outcome_name(completion->outcome),
        "attempts", (int)completion->attempts,
        "accepted", accepted == NULL ? json_null() : accepted_result(accepted),
        "error", error == NULL ? json_null() : error_result(hookrail_error_status(error), error));
}
