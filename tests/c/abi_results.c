/* Cases of abi.h: results and names. */
#include "abi.h"
#include "fixture.h"

static void call_hookrail_accepted_free(void)
{
    hookrail_accepted *accepted = NULL;
    hookrail_send_event(abi.client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL);
    NO_VALUE(hookrail_accepted_free(NEEDED("accepted", accepted)));
    if (abi_spoiled != NULL) {
        hookrail_accepted_free(accepted);
    }
}

static void call_hookrail_accepted_event_id(void)
{
    TEXT_VALUE(hookrail_accepted_event_id(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_delivery_count(void)
{
    NUMBER_VALUE(hookrail_accepted_delivery_count(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_delivery_id(void)
{
    TEXT_VALUE(hookrail_accepted_delivery_id(NEEDED("accepted", abi.accepted), INDEX("index", 0)));
}

static void call_hookrail_accepted_replayed(void)
{
    NUMBER_VALUE(hookrail_accepted_replayed(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_idempotency_key(void)
{
    TEXT_VALUE(hookrail_accepted_idempotency_key(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_attempts(void)
{
    NUMBER_VALUE(hookrail_accepted_attempts(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_json(void)
{
    TEXT_VALUE(hookrail_accepted_json(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_json_len(void)
{
    NUMBER_VALUE(hookrail_accepted_json_len(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_event_status_free(void)
{
    hookrail_event_status *status = NULL;
    hookrail_get_event(abi.client, TEXT(hookrail_accepted_event_id(abi.recorded)), NULL, 0, &status,
                       NULL);
    NO_VALUE(hookrail_event_status_free(NEEDED("status", status)));
    if (abi_spoiled != NULL) {
        hookrail_event_status_free(status);
    }
}

static void call_hookrail_event_status_event_id(void)
{
    TEXT_VALUE(hookrail_event_status_event_id(NEEDED("status", abi.status)));
}

static void call_hookrail_event_status_topic(void)
{
    TEXT_VALUE(hookrail_event_status_topic(NEEDED("status", abi.status)));
}

static void call_hookrail_event_status_json(void)
{
    TEXT_VALUE(hookrail_event_status_json(NEEDED("status", abi.status)));
}

static void call_hookrail_event_status_json_len(void)
{
    NUMBER_VALUE(hookrail_event_status_json_len(NEEDED("status", abi.status)));
}

static void call_hookrail_event_status_delivery_count(void)
{
    NUMBER_VALUE(hookrail_event_status_delivery_count(NEEDED("status", abi.status)));
}

static void call_hookrail_event_status_delivery_id(void)
{
    TEXT_VALUE(hookrail_event_status_delivery_id(NEEDED("status", abi.status), INDEX("index", 0)));
}

static void call_hookrail_event_status_delivery_state(void)
{
    NUMBER_VALUE(
        hookrail_event_status_delivery_state(NEEDED("status", abi.status), INDEX("index", 0)));
}

static void call_hookrail_event_status_delivery_state_text(void)
{
    TEXT_VALUE(
        hookrail_event_status_delivery_state_text(NEEDED("status", abi.status), INDEX("index", 0)));
}

static void call_hookrail_event_status_delivery_attempts_truncated(void)
{
    NUMBER_VALUE(hookrail_event_status_delivery_attempts_truncated(NEEDED("status", abi.status),
                                                                   INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_count(void)
{
    NUMBER_VALUE(
        hookrail_event_status_attempt_count(NEEDED("status", abi.status), INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_number(void)
{
    NUMBER_VALUE(hookrail_event_status_attempt_number(
        NEEDED("status", abi.status), INDEX("delivery_index", 0), INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_claim_version(void)
{
    NUMBER_VALUE(hookrail_event_status_attempt_claim_version(
        NEEDED("status", abi.status), INDEX("delivery_index", 0), INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_status(void)
{
    TEXT_VALUE(hookrail_event_status_attempt_status(NEEDED("status", abi.status),
                                                    INDEX("delivery_index", 0), INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_http_status(void)
{
    NUMBER_VALUE(hookrail_event_status_attempt_http_status(
        NEEDED("status", abi.status), INDEX("delivery_index", 0), INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_error_class(void)
{
    TEXT_VALUE(hookrail_event_status_attempt_error_class(
        NEEDED("status", abi.status), INDEX("delivery_index", 0), INDEX("index", 0)));
}

static void call_hookrail_event_status_attempt_latency_ms(void)
{
    NUMBER_VALUE(hookrail_event_status_attempt_latency_ms(
        NEEDED("status", abi.status), INDEX("delivery_index", 0), INDEX("index", 0)));
}

static void call_hookrail_error_free(void)
{
    hookrail_error *error = NULL;
    hookrail_cancel_new(NULL, &error);
    NO_VALUE(hookrail_error_free(NEEDED("error", error)));
    if (abi_spoiled != NULL) {
        hookrail_error_free(error);
    }
}

static void call_hookrail_error_status(void)
{
    NUMBER_VALUE(hookrail_error_status(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_message(void)
{
    TEXT_VALUE(hookrail_error_message(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_message_len(void)
{
    NUMBER_VALUE(hookrail_error_message_len(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_http_status(void)
{
    NUMBER_VALUE(hookrail_error_http_status(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_retry_after_ms(void)
{
    NUMBER_VALUE(hookrail_error_retry_after_ms(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_problem_type(void)
{
    TEXT_VALUE(hookrail_error_problem_type(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_problem_title(void)
{
    TEXT_VALUE(hookrail_error_problem_title(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_problem_detail(void)
{
    TEXT_VALUE(hookrail_error_problem_detail(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_body(void)
{
    TEXT_VALUE(hookrail_error_body(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_body_len(void)
{
    NUMBER_VALUE(hookrail_error_body_len(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_retryable(void)
{
    NUMBER_VALUE(hookrail_error_retryable(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_attempts(void)
{
    NUMBER_VALUE(hookrail_error_attempts(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_idempotency_key(void)
{
    TEXT_VALUE(hookrail_error_idempotency_key(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_outcome(void)
{
    NUMBER_VALUE(hookrail_error_outcome(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_cause(void)
{
    POINTER_VALUE(hookrail_error_cause(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_last(void)
{
    POINTER_VALUE(hookrail_error_last(NEEDED("error", abi.failure)));
}

static void call_hookrail_prepared_blob(void)
{
    POINTER_VALUE(hookrail_prepared_blob(NEEDED("prepared", abi.prepared)));
}

static void call_hookrail_prepared_blob_len(void)
{
    NUMBER_VALUE(hookrail_prepared_blob_len(NEEDED("prepared", abi.prepared)));
}

static void call_hookrail_prepared_idempotency_key(void)
{
    TEXT_VALUE(hookrail_prepared_idempotency_key(NEEDED("prepared", abi.prepared)));
}

static void call_hookrail_status_name(void)
{
    TEXT_VALUE(hookrail_status_name(1));
}

static void call_hookrail_outcome_name(void)
{
    TEXT_VALUE(hookrail_outcome_name(1));
}

static void call_hookrail_delivery_state_name(void)
{
    TEXT_VALUE(hookrail_delivery_state_name(1));
}

/* Any kind and any pointer are allowed. */
enum { KIND = 7 };
static char kept;

static void call_hookrail_pointer_keep(void)
{
    NUMBER_VALUE(hookrail_pointer_keep(KIND, OPTIONAL("pointer", &kept)));
}

static void call_hookrail_pointer_get(void)
{
    uint64_t number = hookrail_pointer_keep(KIND, &kept);
    POINTER_VALUE(hookrail_pointer_get(KIND, number));
}

static void call_hookrail_pointer_take(void)
{
    uint64_t number = hookrail_pointer_keep(KIND, &kept);
    POINTER_VALUE(hookrail_pointer_take(KIND, number));
}

static void call_hookrail_version(void)
{
    TEXT_VALUE(hookrail_version());
}

static void call_hookrail_abi_version(void)
{
    NUMBER_VALUE(hookrail_abi_version());
}

const struct abi_case result_cases[] = {
    CASE_WITH_VALUE(hookrail_accepted_free, ""),
    CASE_WITH_VALUE(hookrail_accepted_event_id, "\"\""),
    CASE_WITH_VALUE(hookrail_accepted_delivery_count, "0"),
    CASE_WITH_VALUE(hookrail_accepted_delivery_id, "NULL"),
    CASE_WITH_VALUE(hookrail_accepted_replayed, "0"),
    CASE_WITH_VALUE(hookrail_accepted_idempotency_key, "\"\""),
    CASE_WITH_VALUE(hookrail_accepted_attempts, "0"),
    CASE_WITH_VALUE(hookrail_accepted_json, "\"\""),
    CASE_WITH_VALUE(hookrail_accepted_json_len, "0"),
    CASE_WITH_VALUE(hookrail_event_status_free, ""),
    CASE_WITH_VALUE(hookrail_event_status_event_id, "\"\""),
    CASE_WITH_VALUE(hookrail_event_status_topic, "\"\""),
    CASE_WITH_VALUE(hookrail_event_status_json, "\"\""),
    CASE_WITH_VALUE(hookrail_event_status_json_len, "0"),
    CASE_WITH_VALUE(hookrail_event_status_delivery_count, "0"),
    CASE_WITH_VALUE(hookrail_event_status_delivery_id, "NULL"),
    CASE_WITH_VALUE(hookrail_event_status_delivery_state, "0"),
    CASE_WITH_VALUE(hookrail_event_status_delivery_state_text, "NULL"),
    CASE_WITH_VALUE(hookrail_event_status_delivery_attempts_truncated, "0"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_count, "0"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_number, "0"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_claim_version, "0"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_status, "NULL"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_http_status, "0"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_error_class, "NULL"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_latency_ms, "-1"),
    CASE_WITH_VALUE(hookrail_error_free, ""),
    CASE_WITH_VALUE(hookrail_error_status, "0"),
    CASE_WITH_VALUE(hookrail_error_message, "\"\""),
    CASE_WITH_VALUE(hookrail_error_message_len, "0"),
    CASE_WITH_VALUE(hookrail_error_http_status, "0"),
    CASE_WITH_VALUE(hookrail_error_retry_after_ms, "-1"),
    CASE_WITH_VALUE(hookrail_error_problem_type, "NULL"),
    CASE_WITH_VALUE(hookrail_error_problem_title, "NULL"),
    CASE_WITH_VALUE(hookrail_error_problem_detail, "NULL"),
    CASE_WITH_VALUE(hookrail_error_body, "NULL"),
    CASE_WITH_VALUE(hookrail_error_body_len, "0"),
    CASE_WITH_VALUE(hookrail_error_retryable, "0"),
    CASE_WITH_VALUE(hookrail_error_attempts, "0"),
    CASE_WITH_VALUE(hookrail_error_idempotency_key, "NULL"),
    CASE_WITH_VALUE(hookrail_error_outcome, "0"),
    CASE_WITH_VALUE(hookrail_error_cause, "NULL"),
    CASE_WITH_VALUE(hookrail_error_last, "NULL"),
    CASE_WITH_VALUE(hookrail_prepared_blob, "NULL"),
    CASE_WITH_VALUE(hookrail_prepared_blob_len, "0"),
    CASE_WITH_VALUE(hookrail_prepared_idempotency_key, "\"\""),
    CASE_WITH_VALUE(hookrail_status_name, "NULL"),
    CASE_WITH_VALUE(hookrail_outcome_name, "NULL"),
    CASE_WITH_VALUE(hookrail_delivery_state_name, "NULL"),
    CASE_WITH_VALUE(hookrail_pointer_keep, "0"),
    CASE_WITH_VALUE(hookrail_pointer_get, "NULL"),
    CASE_WITH_VALUE(hookrail_pointer_take, "NULL"),
    CASE_WITH_VALUE(hookrail_version, "NULL"),
    CASE_WITH_VALUE(hookrail_abi_version, "NULL"),
    END_OF_CASES,
};
