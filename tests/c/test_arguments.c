/* NULL, empty and impossible arguments. */
#include <stdint.h>
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

static hookrail_client *client;

static void test_versions_are_those_of_the_header(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", HOOKRAIL_VERSION_MAJOR, HOOKRAIL_VERSION_MINOR,
             HOOKRAIL_VERSION_PATCH);
    CHECK_STR(hookrail_version(), version);
    CHECK_INT(hookrail_abi_version(), HOOKRAIL_ABI_VERSION);
}

static void test_statuses_have_names(void)
{
    static const struct {
        hookrail_status status;
        const char *name;
    } statuses[] = {
        {HOOKRAIL_OK, "ok"},
        {HOOKRAIL_INVALID_ARGUMENT, "invalid_argument"},
        {HOOKRAIL_CONFIGURATION, "configuration"},
        {HOOKRAIL_CLOSED, "closed"},
        {HOOKRAIL_FORKED, "forked"},
        {HOOKRAIL_QUEUE_FULL, "queue_full"},
        {HOOKRAIL_INTERRUPTED, "interrupted"},
        {HOOKRAIL_CANCELLED, "cancelled"},
        {HOOKRAIL_BUFFER_TOO_SMALL, "buffer_too_small"},
        {HOOKRAIL_BODY_TOO_LARGE, "body_too_large"},
        {HOOKRAIL_DAMAGED_BLOB, "damaged_blob"},
        {HOOKRAIL_CONNECTION, "connection"},
        {HOOKRAIL_TIMEOUT, "timeout"},
        {HOOKRAIL_TLS, "tls"},
        {HOOKRAIL_PROTOCOL, "protocol"},
        {HOOKRAIL_BAD_REQUEST, "bad_request"},
        {HOOKRAIL_AUTHENTICATION, "authentication"},
        {HOOKRAIL_PERMISSION_DENIED, "permission_denied"},
        {HOOKRAIL_NOT_FOUND, "not_found"},
        {HOOKRAIL_CONFLICT, "conflict"},
        {HOOKRAIL_PAYLOAD_TOO_LARGE, "payload_too_large"},
        {HOOKRAIL_RATE_LIMITED, "rate_limited"},
        {HOOKRAIL_UNEXPECTED_STATUS, "unexpected_status"},
        {HOOKRAIL_SERVER_ERROR, "server_error"},
        {HOOKRAIL_RETRIES_EXHAUSTED, "retries_exhausted"},
        {HOOKRAIL_SIGNATURE_MALFORMED, "signature_malformed"},
        {HOOKRAIL_TIMESTAMP_TOO_OLD, "timestamp_too_old"},
        {HOOKRAIL_TIMESTAMP_TOO_NEW, "timestamp_too_new"},
        {HOOKRAIL_SIGNATURE_MISMATCH, "signature_mismatch"},
        {HOOKRAIL_SIGNATURE_MISSING, "signature_missing"},
        {HOOKRAIL_INTERNAL, "internal"},
    };
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        CHECK_STR(hookrail_status_name(statuses[i].status), statuses[i].name);
    }
    CHECK_STR(hookrail_status_name(1), "unknown");
    CHECK_STR(hookrail_status_name(INT32_MIN), "unknown");
    CHECK_STR(hookrail_status_name(INT64_C(1) << 32), "unknown");
}

static void test_outcomes_and_states_have_names(void)
{
    static const char *const outcomes[] = {"none", "delivered", "not_sent", "rejected",
                                           "maybe_sent"};
    static const char *const states[] = {"unknown",         "pending",   "in_flight",
                                         "retry_scheduled", "succeeded", "dead_lettered",
                                         "cancelled",       "skipped"};
    for (int32_t i = HOOKRAIL_OUTCOME_NONE; i <= HOOKRAIL_OUTCOME_MAYBE_SENT; i++) {
        CHECK_STR(hookrail_outcome_name(i), outcomes[i]);
    }
    for (int32_t i = HOOKRAIL_DELIVERY_UNKNOWN; i <= HOOKRAIL_DELIVERY_SKIPPED; i++) {
        CHECK_STR(hookrail_delivery_state_name(i), states[i]);
    }
    CHECK_STR(hookrail_outcome_name(-1), "unknown");
    CHECK_STR(hookrail_delivery_state_name(8), "unknown");
}

static void test_client_new_refuses_null(void)
{
    hookrail_client *out = NULL;
    REFUSES("out", hookrail_client_new(TEXT(API_KEY), NULL, 0, NULL, NULL, &error));
    REFUSES("api_key", hookrail_client_new(NULL, 1, NULL, 0, NULL, &out, &error));
    REFUSES("base_url", hookrail_client_new(TEXT(API_KEY), NULL, 1, NULL, &out, &error));
    REFUSES("api_key", hookrail_client_new(API_KEY, HUGE_LENGTH, NULL, 0, NULL, &out, &error));
    REFUSES("base_url", hookrail_client_new(TEXT(API_KEY), "x", HUGE_LENGTH, NULL, &out, &error));
    CHECK(out == NULL);
}

static void test_send_event_refuses_null(void)
{
    hookrail_accepted *out = NULL;
    REFUSES("client", hookrail_send_event(NULL, TEXT("t"), TEXT("1"), NULL, &out, &error));
    REFUSES("out", hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, NULL, &error));
    REFUSES("topic", hookrail_send_event(client, NULL, 1, TEXT("1"), NULL, &out, &error));
    REFUSES("payload", hookrail_send_event(client, TEXT("t"), NULL, 1, NULL, &out, &error));
    REFUSES("topic", hookrail_send_event(client, "t", HUGE_LENGTH, TEXT("1"), NULL, &out, &error));
    REFUSES("payload",
            hookrail_send_event(client, TEXT("t"), "1", HUGE_LENGTH, NULL, &out, &error));
    CHECK(out == NULL);
}

static void test_send_event_refuses_what_the_service_would(void)
{
    static const struct {
        const char *topic;
        const char *payload;
        const char *named;
    } events[] = {
        {"", "1", "topic is empty"},
        {"a\nb", "1", "control character"},
        {"\xff", "1", "topic is not valid UTF-8"},
        {"t", "", "empty"},
        {"t", "{", "JSON"},
        {"t", "1 2", "JSON"},
        {"t", "\"\\u0000\"", "u0000"},
        {"t", "\"\\ud800\"", "surrogate"},
        {"t", "\"\xff\"", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        hookrail_accepted *out = NULL;
        hookrail_error *error = NULL;
        CHECK_INT(hookrail_send_event(client, TEXT(events[i].topic), TEXT(events[i].payload), NULL,
                                      &out, &error),
                  HOOKRAIL_INVALID_ARGUMENT);
        CHECK(out == NULL);
        CHECK_CONTAINS(hookrail_error_message(error), events[i].named);
        CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
        CHECK_INT(hookrail_error_attempts(error), 0);
        hookrail_error_free(error);
    }
    CHECK_INT(devserver_count(HTTP, "requests"), 0);
}

static void test_nothing_is_read_beyond_a_length(void)
{
    hookrail_accepted *out = NULL;
    CHECK_INT(
        hookrail_send_event(client, "topic that goes on", 5, "{} and more", 2, NULL, &out, NULL),
        HOOKRAIL_OK);
    hookrail_accepted_free(out);
    char *requests = devserver_requests(HTTP);
    CHECK_CONTAINS(requests, "{\\\"topic\\\":\\\"topic\\\",\\\"payload\\\":{}}");
    free(requests);
}

static void test_get_event_refuses_bad_arguments(void)
{
    hookrail_event_status *out = NULL;
    REFUSES("client", hookrail_get_event(NULL, TEXT("id"), NULL, 0, &out, &error));
    REFUSES("out", hookrail_get_event(client, TEXT("id"), NULL, 0, NULL, &error));
    REFUSES("event_id", hookrail_get_event(client, NULL, 1, NULL, 0, &out, &error));
    REFUSES("event_id", hookrail_get_event(client, "x", HUGE_LENGTH, NULL, 0, &out, &error));
    REFUSES("event id is empty", hookrail_get_event(client, NULL, 0, NULL, 0, &out, &error));
    REFUSES("`.`", hookrail_get_event(client, TEXT("."), NULL, 0, &out, &error));
    REFUSES("`..`", hookrail_get_event(client, TEXT(".."), NULL, 0, &out, &error));
    REFUSES("UTF-8", hookrail_get_event(client, TEXT("\xff"), NULL, 0, &out, &error));
    CHECK(out == NULL);
}

static void test_client_setters_refuse_null(void)
{
    REFUSES("options", hookrail_client_options_set_connect_timeout_ms(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_read_timeout_ms(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_write_timeout_ms(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_total_timeout_ms(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_max_retries(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_backoff_ms(NULL, 1, 1, &error));
    REFUSES("options", hookrail_client_options_set_respect_retry_after(NULL, true, &error));
    REFUSES("options", hookrail_client_options_set_require_https(NULL, true, &error));
    REFUSES("options", hookrail_client_options_set_require_base_url(NULL, true, &error));
    REFUSES("options", hookrail_client_options_add_ca_file(NULL, TEXT("x"), &error));
    REFUSES("options", hookrail_client_options_add_ca_pem(NULL, TEXT("x"), &error));
    REFUSES("options", hookrail_client_options_set_tls_roots(NULL, 0, &error));
    REFUSES("options", hookrail_client_options_set_proxy(NULL, NULL, 0, &error));
    REFUSES("options", hookrail_client_options_set_idle_connections(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_max_connection_age_ms(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_payload_limit(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_user_agent_suffix(NULL, TEXT("x"), &error));
    REFUSES("options", hookrail_client_options_set_binding(NULL, TEXT("x"), &error));
}

static void test_client_setters_refuse_bad_values(void)
{
    hookrail_client_options *options = hookrail_client_options_new();
    const int64_t over_a_day = INT64_C(86400001);
    REFUSES("0", hookrail_client_options_set_connect_timeout_ms(options, 0, &error));
    REFUSES("-1", hookrail_client_options_set_read_timeout_ms(options, -1, &error));
    REFUSES("day", hookrail_client_options_set_write_timeout_ms(options, over_a_day, &error));
    REFUSES("day", hookrail_client_options_set_total_timeout_ms(options, INT64_MAX, &error));
    REFUSES("-1", hookrail_client_options_set_max_connection_age_ms(options, -1, &error));
    REFUSES("day", hookrail_client_options_set_max_connection_age_ms(options, over_a_day, &error));
    REFUSES("-1", hookrail_client_options_set_max_retries(options, -1, &error));
    REFUSES("base_ms", hookrail_client_options_set_backoff_ms(options, 0, 1, &error));
    REFUSES("cap_ms", hookrail_client_options_set_backoff_ms(options, 1, 0, &error));
    REFUSES("below the base", hookrail_client_options_set_backoff_ms(options, 2, 1, &error));
    REFUSES("empty", hookrail_client_options_add_ca_file(options, NULL, 0, &error));
    REFUSES("path", hookrail_client_options_add_ca_file(options, NULL, 1, &error));
    REFUSES("pem", hookrail_client_options_add_ca_pem(options, NULL, 1, &error));
    REFUSES("not 2", hookrail_client_options_set_tls_roots(options, 2, &error));
    REFUSES("url", hookrail_client_options_set_proxy(options, NULL, 1, &error));
    REFUSES("UTF-8", hookrail_client_options_set_proxy(options, TEXT("\xff"), &error));
    REFUSES("empty", hookrail_client_options_set_user_agent_suffix(options, NULL, 0, &error));
    REFUSES("0x0d", hookrail_client_options_set_user_agent_suffix(options, TEXT("a\rb"), &error));
    REFUSES("lower-case", hookrail_client_options_set_binding(options, TEXT("C"), &error));
    REFUSES("language", hookrail_client_options_set_binding(options, NULL, 1, &error));
    hookrail_client_options_free(options);
}

static void test_send_setters_refuse_bad_values(void)
{
    char long_key[257];
    memset(long_key, 'k', sizeof long_key);
    hookrail_send_options *options = hookrail_send_options_new();
    REFUSES("options", hookrail_send_options_set_idempotency_key(NULL, TEXT("k"), &error));
    REFUSES("options", hookrail_send_options_set_ordering_key(NULL, TEXT("k"), &error));
    REFUSES("options", hookrail_send_options_set_timeout_ms(NULL, 1, &error));
    REFUSES("options", hookrail_send_options_set_cancel(NULL, NULL, &error));
    REFUSES("empty", hookrail_send_options_set_idempotency_key(options, NULL, 0, &error));
    REFUSES("key", hookrail_send_options_set_idempotency_key(options, NULL, 1, &error));
    REFUSES("256", hookrail_send_options_set_idempotency_key(options, long_key, 256, &error));
    REFUSES("0x0a", hookrail_send_options_set_idempotency_key(options, TEXT("k\n"), &error));
    REFUSES("empty", hookrail_send_options_set_ordering_key(options, NULL, 0, &error));
    REFUSES("257", hookrail_send_options_set_ordering_key(options, long_key, 257, &error));
    REFUSES("0x09", hookrail_send_options_set_ordering_key(options, TEXT("a\tb"), &error));
    REFUSES("a space", hookrail_send_options_set_ordering_key(options, TEXT("a "), &error));
    REFUSES("a space", hookrail_send_options_set_idempotency_key(options, TEXT(" a"), &error));
    CHECK_INT(hookrail_send_options_set_idempotency_key(options, TEXT("order 42"), NULL),
              HOOKRAIL_OK);
    REFUSES("0", hookrail_send_options_set_timeout_ms(options, 0, &error));
    hookrail_send_options_free(options);
}

static void test_verifying_refuses_null(void)
{
    const char *secrets[] = {"s"};
    const size_t lengths[] = {1};
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    hookrail_verifier *verifier = NULL;
    hookrail_verification *verification = NULL;
    REFUSES("options", hookrail_verifier_options_add_secret(NULL, TEXT("s"), &error));
    REFUSES("secret", hookrail_verifier_options_add_secret(options, NULL, 1, &error));
    REFUSES("options", hookrail_verifier_options_set_tolerance(NULL, 1, &error));
    REFUSES("-1", hookrail_verifier_options_set_tolerance(options, -1, &error));
    REFUSES("options", hookrail_verifier_new(NULL, &verifier, &error));
    REFUSES("secret", hookrail_verifier_new(options, &verifier, &error));
    CHECK_INT(hookrail_verifier_options_add_secret(options, secrets[0], lengths[0], NULL),
              HOOKRAIL_OK);
    REFUSES("out", hookrail_verifier_new(options, NULL, &error));
    CHECK(verifier == NULL);
    REQUIRE(hookrail_verifier_new(options, &verifier, NULL) == HOOKRAIL_OK);
    hookrail_verifier_options_free(options);

    REFUSES("verifier", hookrail_verifier_verify(NULL, TEXT("t=1"), TEXT("d"), NULL, 0, 1, NULL,
                                                 NULL, NULL, &error));
    REFUSES("header", hookrail_verifier_verify(verifier, NULL, 1, TEXT("d"), NULL, 0, 1, NULL, NULL,
                                               NULL, &error));
    REFUSES("delivery_id", hookrail_verifier_verify(verifier, TEXT("t=1"), NULL, 1, NULL, 0, 1,
                                                    NULL, NULL, NULL, &error));
    REFUSES("body", hookrail_verifier_verify(verifier, TEXT("t=1"), TEXT("d"), NULL, 1, 1, NULL,
                                             NULL, NULL, &error));
    REFUSES("verifier",
            hookrail_verifier_begin(NULL, TEXT("t=1"), TEXT("d"), 0, 1, &verification, &error));
    REFUSES("out", hookrail_verifier_begin(verifier, TEXT("t=1"), TEXT("d"), 0, 1, NULL, &error));
    REFUSES("verification", hookrail_verification_update(NULL, TEXT("x"), &error));
    REFUSES("verification", hookrail_verification_finish(NULL, NULL, NULL, NULL, &error));
    CHECK(verification == NULL);
    hookrail_verifier_free(verifier);
}

static void test_verify_signature_refuses_bad_lists(void)
{
    const char *secrets[HOOKRAIL_MAX_SECRETS + 1];
    size_t lengths[HOOKRAIL_MAX_SECRETS + 1];
    for (size_t i = 0; i <= HOOKRAIL_MAX_SECRETS; i++) {
        secrets[i] = "s";
        lengths[i] = 1;
    }
    const char *const null_secret[] = {"s", NULL};
    const size_t with_empty[] = {1, 0};
#define VERIFY(list, list_lengths, count, tolerance)                                               \
    hookrail_verify_signature((list), (list_lengths), (count), TEXT("t=1,v1=00"), TEXT("d"), NULL, \
                              0, (tolerance), 1)
    CHECK_INT(VERIFY(secrets, lengths, 1, 300), HOOKRAIL_SIGNATURE_MALFORMED);
    CHECK_INT(VERIFY(secrets, lengths, HOOKRAIL_MAX_SECRETS, 300), HOOKRAIL_SIGNATURE_MALFORMED);
    CHECK_INT(VERIFY(secrets, lengths, HOOKRAIL_MAX_SECRETS + 1, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(NULL, NULL, 0, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(NULL, lengths, 1, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(secrets, NULL, 1, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(null_secret, lengths, 2, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(secrets, with_empty, 2, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(secrets, lengths, SIZE_MAX, 300), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(VERIFY(secrets, lengths, 1, -1), HOOKRAIL_INVALID_ARGUMENT);
#undef VERIFY
    CHECK_INT(hookrail_verify_signature(secrets, lengths, 1, NULL, 1, TEXT("d"), NULL, 0, 300, 1),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_verify_signature(secrets, lengths, 1, TEXT("t=1"), NULL, 1, NULL, 0, 300, 1),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(
        hookrail_verify_signature(secrets, lengths, 1, TEXT("t=1"), TEXT("d"), NULL, 1, 300, 1),
        HOOKRAIL_INVALID_ARGUMENT);
}

static void test_a_call_has_no_negative_timeout(void)
{
    hookrail_prepared *event = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    hookrail_call *call = NULL;
    REQUIRE(hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, &event, NULL)
            == HOOKRAIL_OK);
    const char *blob = hookrail_prepared_blob(event);
    size_t size = hookrail_prepared_blob_len(event);
    devserver_reset(HTTP);
    REFUSES("-1", hookrail_send_prepared(client, blob, size, NULL, -1, &accepted, &error));
    REFUSES("-1", hookrail_get_event(client, TEXT("e"), NULL, -1, &status, &error));
    REFUSES("-1", hookrail_call_send_prepared(client, blob, size, -1, &call, &error));
    REFUSES("-1", hookrail_call_get_event(client, TEXT("e"), -1, &call, &error));
    REFUSES("-1",
            hookrail_send_prepared_interruptible(client, blob, size, -1, &accepted, &call, &error));
    REFUSES("-1", hookrail_submit_prepared(client, blob, size, -1, 0, 0, NULL, &error));
    CHECK(accepted == NULL && status == NULL && call == NULL);
    CHECK_INT(devserver_count(HTTP, "requests"), 0);
    CHECK_INT(
        hookrail_send_prepared(client, blob, size, NULL, HOOKRAIL_DEFAULT_TIMEOUT, &accepted, NULL),
        HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_prepared_free(event);
}

static void test_the_error_may_be_null(void)
{
    hookrail_client *out = NULL;
    CHECK_INT(hookrail_client_new(NULL, 1, NULL, 0, NULL, &out, NULL), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_send_event(NULL, NULL, 0, NULL, 0, NULL, NULL, NULL),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_get_event(NULL, NULL, 0, NULL, 0, NULL, NULL), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_cancel_new(NULL, NULL), HOOKRAIL_INVALID_ARGUMENT);
    REFUSES("out", hookrail_cancel_new(NULL, &error));
}

static void test_getters_take_null(void)
{
    CHECK_STR(hookrail_accepted_event_id(NULL), "");
    CHECK_INT(hookrail_accepted_delivery_count(NULL), 0);
    CHECK(hookrail_accepted_delivery_id(NULL, 0) == NULL);
    CHECK(!hookrail_accepted_replayed(NULL));
    CHECK_STR(hookrail_accepted_idempotency_key(NULL), "");
    CHECK_INT(hookrail_accepted_attempts(NULL), 0);
    CHECK_STR(hookrail_accepted_json(NULL), "");
    CHECK_INT(hookrail_accepted_json_len(NULL), 0);

    CHECK_STR(hookrail_event_status_event_id(NULL), "");
    CHECK_STR(hookrail_event_status_topic(NULL), "");
    CHECK_STR(hookrail_event_status_json(NULL), "");
    CHECK_INT(hookrail_event_status_json_len(NULL), 0);
    CHECK_INT(hookrail_event_status_delivery_count(NULL), 0);
    CHECK(hookrail_event_status_delivery_id(NULL, 0) == NULL);
    CHECK_INT(hookrail_event_status_delivery_state(NULL, 0), HOOKRAIL_DELIVERY_UNKNOWN);
    CHECK(hookrail_event_status_delivery_state_text(NULL, 0) == NULL);
    CHECK(!hookrail_event_status_delivery_attempts_truncated(NULL, 0));
    CHECK_INT(hookrail_event_status_attempt_count(NULL, 0), 0);
    CHECK_INT(hookrail_event_status_attempt_number(NULL, 0, 0), 0);
    CHECK_INT(hookrail_event_status_attempt_claim_version(NULL, 0, 0), 0);
    CHECK(hookrail_event_status_attempt_status(NULL, 0, 0) == NULL);
    CHECK_INT(hookrail_event_status_attempt_http_status(NULL, 0, 0), 0);
    CHECK(hookrail_event_status_attempt_error_class(NULL, 0, 0) == NULL);
    CHECK_INT(hookrail_event_status_attempt_latency_ms(NULL, 0, 0), -1);

    CHECK_INT(hookrail_error_status(NULL), HOOKRAIL_OK);
    CHECK_STR(hookrail_error_message(NULL), "");
    CHECK_INT(hookrail_error_message_len(NULL), 0);
    CHECK_INT(hookrail_error_http_status(NULL), 0);
    CHECK_INT(hookrail_error_retry_after_ms(NULL), -1);
    CHECK(hookrail_error_problem_type(NULL) == NULL);
    CHECK(hookrail_error_problem_title(NULL) == NULL);
    CHECK(hookrail_error_problem_detail(NULL) == NULL);
    CHECK(hookrail_error_body(NULL) == NULL);
    CHECK_INT(hookrail_error_body_len(NULL), 0);
    CHECK(!hookrail_error_retryable(NULL));
    CHECK_INT(hookrail_error_attempts(NULL), 0);
    CHECK(hookrail_error_idempotency_key(NULL) == NULL);
    CHECK_INT(hookrail_error_outcome(NULL), HOOKRAIL_OUTCOME_NONE);
    CHECK(hookrail_error_cause(NULL) == NULL);
    CHECK(hookrail_error_last(NULL) == NULL);
}

static void test_freeing_and_firing_null_is_fine(void)
{
    hookrail_accepted_free(NULL);
    hookrail_cancel_fire(NULL);
    hookrail_cancel_free(NULL);
    hookrail_client_free(NULL);
    hookrail_client_options_free(NULL);
    hookrail_error_free(NULL);
    hookrail_event_status_free(NULL);
    hookrail_send_options_free(NULL);
    hookrail_verification_free(NULL);
    hookrail_verifier_free(NULL);
    hookrail_verifier_options_free(NULL);
    CHECK(!hookrail_cancel_is_fired(NULL));
}

int main(void)
{
    client = new_client(HTTP);
    RUN(test_versions_are_those_of_the_header);
    RUN(test_statuses_have_names);
    RUN(test_outcomes_and_states_have_names);
    RUN(test_client_new_refuses_null);
    RUN(test_send_event_refuses_null);
    RUN(test_send_event_refuses_what_the_service_would);
    RUN(test_nothing_is_read_beyond_a_length);
    RUN(test_get_event_refuses_bad_arguments);
    RUN(test_client_setters_refuse_null);
    RUN(test_client_setters_refuse_bad_values);
    RUN(test_send_setters_refuse_bad_values);
    RUN(test_verifying_refuses_null);
    RUN(test_verify_signature_refuses_bad_lists);
    RUN(test_a_call_has_no_negative_timeout);
    RUN(test_the_error_may_be_null);
    RUN(test_getters_take_null);
    RUN(test_freeing_and_firing_null_is_fine);
    hookrail_client_free(client);
    return harness_end();
}
