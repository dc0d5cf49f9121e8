/* The details of errors: for every answer of the service, and for every failure without one. */
#include <stdint.h>
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"

/* Sends with at most one retry, and returns the error. */
static hookrail_error *failing_send(enum server server, hookrail_client_options *options,
                                    const char *faults)
{
    devserver_reset(server);
    devserver_set_faults(server, faults);
    hookrail_client *client = new_client_with(server, options);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error);
    CHECK(accepted == NULL);
    CHECK_INT(status, hookrail_error_status(error));
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
    return error;
}

static hookrail_client_options *options_with_retries(enum server server, int32_t retries)
{
    hookrail_client_options *options = new_options(server);
    CHECK_INT(hookrail_client_options_set_max_retries(options, retries, NULL), HOOKRAIL_OK);
    return options;
}

static void test_final_answers(void)
{
    static const struct {
        int http_status;
        hookrail_status status;
        hookrail_outcome outcome;
    } answers[] = {
        {400, HOOKRAIL_BAD_REQUEST, HOOKRAIL_OUTCOME_REJECTED},
        {401, HOOKRAIL_AUTHENTICATION, HOOKRAIL_OUTCOME_REJECTED},
        {403, HOOKRAIL_PERMISSION_DENIED, HOOKRAIL_OUTCOME_REJECTED},
        {404, HOOKRAIL_NOT_FOUND, HOOKRAIL_OUTCOME_REJECTED},
        {409, HOOKRAIL_CONFLICT, HOOKRAIL_OUTCOME_REJECTED},
        {413, HOOKRAIL_PAYLOAD_TOO_LARGE, HOOKRAIL_OUTCOME_REJECTED},
        {418, HOOKRAIL_UNEXPECTED_STATUS, HOOKRAIL_OUTCOME_REJECTED},
        {422, HOOKRAIL_UNEXPECTED_STATUS, HOOKRAIL_OUTCOME_REJECTED},
        {302, HOOKRAIL_UNEXPECTED_STATUS, HOOKRAIL_OUTCOME_REJECTED},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        char faults[256];
        snprintf(faults, sizeof faults,
                 "[{\"status\":%d,\"times\":\"always\",\"headers\":{\"Location\":\"/v1/events\"},"
                 "\"body\":{\"type\":\"urn:t\",\"title\":\"T\",\"detail\":\"D\",\"more\":%d}}]",
                 answers[i].http_status, answers[i].http_status);
        hookrail_error *error = failing_send(HTTP, options_with_retries(HTTP, 3), faults);
        CHECK_INT(hookrail_error_status(error), answers[i].status);
        CHECK_INT(hookrail_error_http_status(error), answers[i].http_status);
        CHECK_INT(hookrail_error_outcome(error), answers[i].outcome);
        CHECK_INT(hookrail_error_attempts(error), 1);
        CHECK(!hookrail_error_retryable(error));
        CHECK(hookrail_error_idempotency_key(error) != NULL);
        CHECK(hookrail_error_cause(error) == NULL);
        CHECK(hookrail_error_last(error) == error);
        CHECK_INT(hookrail_error_retry_after_ms(error), -1);
        CHECK_STR(hookrail_error_problem_type(error), "urn:t");
        CHECK_STR(hookrail_error_problem_title(error), "T");
        CHECK_STR(hookrail_error_problem_detail(error), "D");
        CHECK_CONTAINS(hookrail_error_message(error), "D");
        CHECK_CONTAINS(hookrail_error_body(error), "\"more\":");
        CHECK_INT(hookrail_error_body_len(error), strlen(hookrail_error_body(error)));
        CHECK_INT(devserver_count(HTTP, "requests"), 1);
        hookrail_error_free(error);
    }
}

static void test_repeated_answers_exhaust_the_retries(void)
{
    static const struct {
        int http_status;
        hookrail_status cause;
        hookrail_outcome outcome;
    } answers[] = {
        {408, HOOKRAIL_UNEXPECTED_STATUS, HOOKRAIL_OUTCOME_REJECTED},
        {425, HOOKRAIL_UNEXPECTED_STATUS, HOOKRAIL_OUTCOME_REJECTED},
        {429, HOOKRAIL_RATE_LIMITED, HOOKRAIL_OUTCOME_REJECTED},
        {500, HOOKRAIL_SERVER_ERROR, HOOKRAIL_OUTCOME_MAYBE_SENT},
        {503, HOOKRAIL_SERVER_ERROR, HOOKRAIL_OUTCOME_MAYBE_SENT},
        {599, HOOKRAIL_SERVER_ERROR, HOOKRAIL_OUTCOME_MAYBE_SENT},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        char faults[64];
        snprintf(faults, sizeof faults, "[{\"status\":%d,\"times\":\"always\"}]",
                 answers[i].http_status);
        hookrail_error *error = failing_send(HTTP, options_with_retries(HTTP, 2), faults);
        CHECK_INT(hookrail_error_status(error), HOOKRAIL_RETRIES_EXHAUSTED);
        CHECK_INT(hookrail_error_attempts(error), 3);
        CHECK_INT(hookrail_error_outcome(error), answers[i].outcome);
        CHECK(hookrail_error_retryable(error));
        CHECK(hookrail_error_idempotency_key(error) != NULL);
        /* The error itself has the service's answer, too. */
        CHECK_INT(hookrail_error_http_status(error), answers[i].http_status);
        CHECK(hookrail_error_problem_title(error) != NULL);
        const hookrail_error *cause = hookrail_error_cause(error);
        CHECK_INT(hookrail_error_status(cause), answers[i].cause);
        CHECK_INT(hookrail_error_http_status(cause), answers[i].http_status);
        CHECK(hookrail_error_cause(cause) == NULL);
        CHECK(hookrail_error_last(error) == cause);
        CHECK(hookrail_error_last(cause) == cause);
        CHECK_INT(devserver_count(HTTP, "requests"), 3);
        CHECK_INT(devserver_count(HTTP, "distinct_keys"), 0);
        hookrail_error_free(error);
    }
}

static void test_every_attempt_carries_the_same_key(void)
{
    hookrail_error *error = failing_send(HTTP, options_with_retries(HTTP, 3),
                                         "[{\"status\":500,\"times\":\"always\"}]");
    char header[96];
    snprintf(header, sizeof header, "[\"idempotency-key\",\"%s\"]",
             hookrail_error_idempotency_key(error));
    char *requests = devserver_requests(HTTP);
    int found = 0;
    for (const char *at = requests; (at = strstr(at, header)) != NULL; at++) {
        found++;
    }
    CHECK_INT(found, 4);
    free(requests);
    hookrail_error_free(error);
}

static void test_retry_after_is_kept(void)
{
    hookrail_error *error = failing_send(
        HTTP, options_with_retries(HTTP, 3),
        "[{\"status\":429,\"headers\":{\"Retry-After\":\"86400\"},\"times\":\"always\"}]");
    CHECK_INT(hookrail_error_status(error), HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_retry_after_ms(error), 86400000);
    CHECK_INT(hookrail_error_attempts(error), 1);
    hookrail_error_free(error);
}

static void test_html_is_no_problem_and_no_error_of_its_own(void)
{
    hookrail_error *error = failing_send(HTTP, options_with_retries(HTTP, 0),
                                         "[{\"status\":502,\"content_type\":\"text/html\","
                                         "\"body\":\"<html>\\u0000bad gateway</html>\"}]");
    CHECK_INT(hookrail_error_http_status(error), 502);
    CHECK(hookrail_error_problem_type(error) == NULL);
    CHECK(hookrail_error_problem_title(error) == NULL);
    CHECK(hookrail_error_problem_detail(error) == NULL);
    /* The NUL is part of the body. */
    CHECK_STR(hookrail_error_body(error), "<html>");
    CHECK_INT(hookrail_error_body_len(error), strlen("<html>") + 1 + strlen("bad gateway</html>"));
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_MAYBE_SENT);
    hookrail_error_free(error);
}

static void test_an_unexpected_success_is_a_protocol_error(void)
{
    static const char *const bodies[] = {"\"\"", "\"<html>\"", "[]", "{}", "{\"event_id\":\"\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char faults[96];
        snprintf(faults, sizeof faults, "[{\"status\":202,\"body\":%s}]", bodies[i]);
        hookrail_error *error = failing_send(HTTP, options_with_retries(HTTP, 3), faults);
        CHECK_INT(hookrail_error_status(error), HOOKRAIL_PROTOCOL);
        CHECK_INT(hookrail_error_http_status(error), 202);
        CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_MAYBE_SENT);
        CHECK(hookrail_error_idempotency_key(error) != NULL);
        CHECK_INT(devserver_count(HTTP, "requests"), 1);
        hookrail_error_free(error);
    }
}

static void test_no_answer(void)
{
    static const struct {
        const char *faults;
        hookrail_status cause;
        hookrail_outcome outcome;
    } failures[] = {
        {"[{\"reset\":\"on_accept\"}]", HOOKRAIL_CONNECTION, HOOKRAIL_OUTCOME_MAYBE_SENT},
        {"[{\"reset\":\"after_reading\"}]", HOOKRAIL_CONNECTION, HOOKRAIL_OUTCOME_MAYBE_SENT},
        {"[{\"close\":\"after_reading\"}]", HOOKRAIL_CONNECTION, HOOKRAIL_OUTCOME_MAYBE_SENT},
        {"[{\"truncate\":5}]", HOOKRAIL_CONNECTION, HOOKRAIL_OUTCOME_MAYBE_SENT},
        {"[{\"garbage\":\"SSH-2.0-server\\r\\n\"}]", HOOKRAIL_PROTOCOL,
         HOOKRAIL_OUTCOME_MAYBE_SENT},
        {"[{\"never_answer\":true}]", HOOKRAIL_TIMEOUT, HOOKRAIL_OUTCOME_MAYBE_SENT},
    };
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        hookrail_client_options *options = options_with_retries(HTTP, 0);
        if (failures[i].cause == HOOKRAIL_TIMEOUT) {
            CHECK_INT(hookrail_client_options_set_read_timeout_ms(options, 100, NULL), HOOKRAIL_OK);
        }
        hookrail_error *error = failing_send(HTTP, options, failures[i].faults);
        CHECK_INT(hookrail_error_status(error), HOOKRAIL_RETRIES_EXHAUSTED);
        CHECK_INT(hookrail_error_status(hookrail_error_cause(error)), failures[i].cause);
        if (strstr(failures[i].faults, "on_accept") == NULL) {
            CHECK_INT(hookrail_error_outcome(error), failures[i].outcome);
        }
        CHECK_INT(hookrail_error_attempts(error), 1);
        CHECK_INT(hookrail_error_http_status(error), 0);
        CHECK(hookrail_error_body(error) == NULL);
        CHECK_INT(hookrail_error_body_len(error), 0);
        hookrail_error_free(error);
    }
}

static void test_a_refused_connection_sends_nothing(void)
{
    hookrail_client_options *options = options_with_retries(HTTP, 1);
    hookrail_client *client = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_client_options_set_connect_timeout_ms(options, 2000, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_write_timeout_ms(options, 2000, NULL), HOOKRAIL_OK);
    REQUIRE(hookrail_client_new(TEXT(API_KEY), TEXT(refusing_url()), options, &client, NULL)
            == HOOKRAIL_OK);
    hookrail_client_options_free(options);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_status(hookrail_error_cause(error)), HOOKRAIL_CONNECTION);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK_INT(hookrail_error_attempts(error), 2);
    CHECK_CONTAINS(hookrail_error_message(error), refusing_url() + strlen("http://"));
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_the_time_for_a_call_bounds_it(void)
{
    devserver_reset(HTTP);
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_options_set_timeout_ms(options, 150, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_status(hookrail_error_cause(error)), HOOKRAIL_TIMEOUT);
    /* After the client's read timeout of ten seconds there would be no time for another attempt. */
    CHECK_INT(hookrail_error_attempts(error), 1);
    hookrail_error_free(error);
    error = NULL;

    hookrail_event_status *status = NULL;
    devserver_set_faults(HTTP, "[{\"match\":{\"method\":\"GET\"},\"never_answer\":true}]");
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), NULL, 150, &status, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_status(hookrail_error_cause(error)), HOOKRAIL_TIMEOUT);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NONE);
    hookrail_error_free(error);
    hookrail_send_options_free(options);
    hookrail_client_free(client);
}

/* The service answers 413 and closes while the client is still writing. */
static void check_early_413(enum server server, size_t length)
{
    hookrail_client_options *options = new_options(server);
    CHECK_INT(hookrail_client_options_set_payload_limit(options, 0, NULL), HOOKRAIL_OK);
    devserver_reset(server);
    hookrail_client *client = new_client_with(server, options);
    char *payload = malloc(length);
    REQUIRE(payload != NULL);
    memset(payload, 'x', length);
    payload[0] = payload[length - 1] = '"';
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), payload, length, NULL, &accepted, &error),
              HOOKRAIL_PAYLOAD_TOO_LARGE);
    CHECK_INT(hookrail_error_http_status(error), 413);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_REJECTED);
    CHECK_INT(hookrail_error_attempts(error), 1);
    hookrail_error_free(error);
    error = NULL;

    devserver_set_faults(server, "[{\"early_413\":true}]");
    CHECK_INT(hookrail_send_event(client, TEXT("t"), payload, length, NULL, &accepted, &error),
              HOOKRAIL_PAYLOAD_TOO_LARGE);
    CHECK_INT(hookrail_error_http_status(error), 413);
    CHECK_INT(hookrail_error_attempts(error), 1);
    hookrail_error_free(error);

    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(devserver_count(server, "events"), 1);
    free(payload);
    hookrail_client_free(client);
}

static void test_an_early_413_is_seen(void)
{
    check_early_413(HTTP, 300 * 1024);
    check_early_413(HTTP, 5 * 1024 * 1024);
}

static void test_an_early_413_is_seen_through_tls(void)
{
    check_early_413(HTTPS, 300 * 1024);
    check_early_413(HTTPS, 5 * 1024 * 1024);
}

int main(void)
{
    RUN(test_final_answers);
    RUN(test_repeated_answers_exhaust_the_retries);
    RUN(test_every_attempt_carries_the_same_key);
    RUN(test_retry_after_is_kept);
    RUN(test_html_is_no_problem_and_no_error_of_its_own);
    RUN(test_an_unexpected_success_is_a_protocol_error);
    RUN(test_no_answer);
    RUN(test_a_refused_connection_sends_nothing);
    RUN(test_the_time_for_a_call_bounds_it);
    RUN(test_an_early_413_is_seen);
    RUN(test_an_early_413_is_seen_through_tls);
    return harness_end();
}
