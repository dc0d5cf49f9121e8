/* The records of the attempts of a call, and the ids of its answers. */
#include <stdint.h>
#include <time.h>

#include "completions.h"

#define SECOND_US 1000000
/* In 2001. */
#define LONG_AGO (INT64_C(1000000000) * SECOND_US)

/* An answer with an id. */
#define ACCEPTED_WITH_ID                                                                           \
    "{\"status\":202,\"headers\":{\"X-Request-Id\":\"req-1\"},\"body\":{\"event_id\":\"e1\"}}"

static hookrail_attempt_record accepted_record(const hookrail_accepted *accepted, size_t index)
{
    hookrail_attempt_record record;
    memset(&record, 0, sizeof record);
    CHECK(hookrail_accepted_attempt_record(accepted, index, &record, sizeof record));
    return record;
}

static hookrail_attempt_record error_record(const hookrail_error *error, size_t index)
{
    hookrail_attempt_record record;
    memset(&record, 0, sizeof record);
    CHECK(hookrail_error_attempt_record(error, index, &record, sizeof record));
    return record;
}

static hookrail_accepted *send_accepted(const hookrail_client *client)
{
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL),
              HOOKRAIL_OK);
    return accepted;
}

static hookrail_error *send_refused(const hookrail_client *client)
{
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error)
          != HOOKRAIL_OK);
    CHECK(accepted == NULL);
    return error;
}

/* Checks the parts that each attempt with a complete exchange has. */
static void check_times(const hookrail_attempt_record *record)
{
    CHECK(record->started_unix_us > LONG_AGO);
    CHECK(record->duration_us > 0);
    CHECK(record->waiting_us > 0);
    CHECK(record->lookup_us + record->connect_us + record->tls_us + record->waiting_us
          <= record->duration_us);
}

static void test_each_attempt_has_its_record(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(
        HTTP, "[{\"status\":500,\"headers\":{\"Connection\":\"close\",\"CF-Ray\":\"ray-1\"}},"
              "{\"close\":\"after_reading\"}," ACCEPTED_WITH_ID "]");
    int64_t before = (int64_t)time(NULL);
    hookrail_accepted *accepted = send_accepted(client);
    int64_t after = (int64_t)time(NULL);
    CHECK_INT(hookrail_accepted_attempt_record_count(accepted), 3);

    hookrail_attempt_record failed = accepted_record(accepted, 0);
    CHECK_INT(failed.number, 1);
    CHECK_INT(failed.status, HOOKRAIL_SERVER_ERROR);
    CHECK_INT(failed.http_status, 500);
    CHECK_INT(failed.new_connection, 1);
    CHECK(failed.started_unix_us / SECOND_US >= before);
    CHECK(failed.started_unix_us / SECOND_US <= after);
    CHECK(failed.connect_us > 0);
    CHECK_INT(failed.lookup_us, 0);
    CHECK_INT(failed.tls_us, 0);
    CHECK(failed.bytes_sent > 100);
    CHECK(failed.bytes_received > 50);
    CHECK_CONTAINS(failed.message, "the service answered 500");
    CHECK_STR(failed.request_id, "ray-1");
    check_times(&failed);

    hookrail_attempt_record lost = accepted_record(accepted, 1);
    CHECK_INT(lost.number, 2);
    CHECK_INT(lost.status, HOOKRAIL_CONNECTION);
    CHECK_INT(lost.http_status, 0);
    CHECK_INT(lost.new_connection, 1);
    CHECK_INT(lost.bytes_sent, failed.bytes_sent);
    CHECK_INT(lost.bytes_received, 0);
    CHECK_CONTAINS(lost.message, "closed");
    CHECK_STR(lost.request_id, "");
    check_times(&lost);

    hookrail_attempt_record good = accepted_record(accepted, 2);
    CHECK_INT(good.number, 3);
    CHECK_INT(good.status, HOOKRAIL_OK);
    CHECK_INT(good.http_status, 202);
    CHECK_INT(good.new_connection, 1);
    CHECK_STR(good.message, "");
    CHECK_STR(good.request_id, "req-1");
    CHECK_STR(hookrail_accepted_request_id(accepted), "req-1");
    check_times(&good);

    CHECK_INT(failed.started_us / SECOND_US, 0);
    CHECK(lost.started_us >= failed.started_us + failed.duration_us);
    CHECK(good.started_us >= lost.started_us + lost.duration_us);
    CHECK(good.started_unix_us > failed.started_unix_us);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_a_pooled_connection_is_told_from_a_new_one(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted_free(send_accepted(client));
    devserver_set_faults(HTTP, "[{\"delay_ms\":50}]");
    hookrail_accepted *accepted = send_accepted(client);
    CHECK_INT(hookrail_accepted_attempt_record_count(accepted), 1);
    hookrail_attempt_record reused = accepted_record(accepted, 0);
    CHECK_INT(reused.number, 1);
    CHECK_INT(reused.new_connection, 0);
    CHECK_INT(reused.connect_us, 0);
    CHECK(reused.waiting_us >= 50000);
    CHECK(hookrail_accepted_request_id(accepted) == NULL);
    CHECK_STR(reused.request_id, "");
    check_times(&reused);
    hookrail_accepted_free(accepted);

    /* The pooled connection ends without an answer: the same attempt goes on with a new one. */
    devserver_set_faults(HTTP, "[{\"close\":\"after_reading\"}]");
    accepted = send_accepted(client);
    CHECK_INT(hookrail_accepted_attempt_record_count(accepted), 1);
    hookrail_attempt_record replaced = accepted_record(accepted, 0);
    CHECK_INT(replaced.status, HOOKRAIL_OK);
    CHECK_INT(replaced.new_connection, 1);
    CHECK(replaced.connect_us > 0);
    check_times(&replaced);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_look_up_and_tls_have_their_times(void)
{
    devserver_reset(HTTPS);
    char url[64];
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(HTTPS);
    const char *port = strrchr(devserver_url(HTTPS), ':');
    snprintf(url, sizeof url, "https://localhost%s", port);
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT(url), options, &client, NULL), HOOKRAIL_OK);
    hookrail_client_options_free(options);
    hookrail_accepted *accepted = send_accepted(client);
    hookrail_attempt_record first = accepted_record(accepted, 0);
    CHECK_INT(first.new_connection, 1);
    CHECK(first.lookup_us > 0);
    CHECK(first.connect_us > 0);
    CHECK(first.tls_us > 0);
    check_times(&first);
    hookrail_accepted_free(accepted);

    accepted = send_accepted(client);
    hookrail_attempt_record second = accepted_record(accepted, 0);
    CHECK_INT(second.new_connection, 0);
    CHECK_INT(second.lookup_us + second.connect_us + second.tls_us, 0);
    CHECK_INT(second.bytes_sent, first.bytes_sent);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_a_timeout_shows_where_the_time_went(void)
{
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client_options_set_read_timeout_ms(options, 60, NULL);
    hookrail_client_options_set_max_retries(options, 0, NULL);
    devserver_reset(HTTP);
    hookrail_client *client = new_client_with(HTTP, options);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    hookrail_error *error = send_refused(client);
    CHECK_INT(hookrail_error_attempt_record_count(error), 1);
    hookrail_attempt_record record = error_record(error, 0);
    CHECK_INT(record.status, HOOKRAIL_TIMEOUT);
    CHECK_INT(record.http_status, 0);
    CHECK(record.waiting_us >= 60000);
    CHECK_STR(record.message, hookrail_error_message(hookrail_error_last(error)));
    CHECK(hookrail_error_request_id(error) == NULL);
    check_times(&record);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_no_connection_is_no_new_connection(void)
{
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client_options_set_max_retries(options, 0, NULL);
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT(refusing_url()), options, &client, NULL),
              HOOKRAIL_OK);
    hookrail_client_options_free(options);
    hookrail_error *error = send_refused(client);
    hookrail_attempt_record record = error_record(error, 0);
    CHECK_INT(record.status, HOOKRAIL_CONNECTION);
    CHECK_INT(record.new_connection, 0);
    CHECK_INT(record.bytes_sent, 0);
    CHECK_INT(record.waiting_us, 0);
    CHECK(record.duration_us >= record.connect_us);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_the_last_sixteen_attempts_are_kept(void)
{
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client_options_set_max_retries(options, 19, NULL);
    hookrail_client_options_set_backoff_ms(options, 1, 1, NULL);
    devserver_reset(HTTP);
    hookrail_client *client = new_client_with(HTTP, options);
    devserver_set_faults(HTTP, "[{\"status\":503,\"times\":19},"
                               "{\"status\":500,\"headers\":{\"Request-Id\":\"last\"}}]");
    hookrail_error *error = send_refused(client);
    CHECK_INT(hookrail_error_attempts(error), 20);
    CHECK_INT(hookrail_error_attempt_record_count(error), 16);
    for (size_t i = 0; i < 16; i++) {
        hookrail_attempt_record record = error_record(error, i);
        CHECK_INT(record.number, i + 5);
        CHECK_INT(record.http_status, i == 15 ? 500 : 503);
    }
    CHECK_STR(hookrail_error_request_id(error), "last");
    const hookrail_error *cause = hookrail_error_cause(error);
    CHECK_STR(hookrail_error_request_id(cause), "last");
    CHECK_INT(hookrail_error_attempt_record_count(cause), 0);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_what_there_is_not_is_not_written(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted *accepted = send_accepted(client);
    hookrail_attempt_record record;
    memset(&record, '#', sizeof record);
    CHECK(!hookrail_accepted_attempt_record(accepted, 1, &record, sizeof record));
    CHECK(!hookrail_accepted_attempt_record(accepted, 0, &record, sizeof record - 1));
    CHECK(!hookrail_accepted_attempt_record(accepted, 0, &record, sizeof record + 1));
    CHECK(!hookrail_accepted_attempt_record(accepted, 0, NULL, sizeof record));
    CHECK(!hookrail_accepted_attempt_record(NULL, 0, &record, sizeof record));
    CHECK(!hookrail_error_attempt_record(NULL, 0, &record, sizeof record));
    CHECK(!hookrail_event_status_attempt_record(NULL, 0, &record, sizeof record));
    CHECK_INT(record.number, 0x23232323);
    hookrail_accepted_free(accepted);

    /* A call that ends before its first attempt. */
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT(""), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_error_attempt_record_count(error), 0);
    CHECK(hookrail_error_request_id(error) == NULL);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_a_completion_has_its_records(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":503},{\"status\":502}," ACCEPTED_WITH_ID "]");
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.status, HOOKRAIL_OK);
    REQUIRE(completion.accepted != NULL);
    CHECK_INT(hookrail_accepted_attempt_record_count(completion.accepted), 3);
    static const int statuses[] = {503, 502, 202};
    for (size_t i = 0; i < 3; i++) {
        hookrail_attempt_record record = accepted_record(completion.accepted, i);
        CHECK_INT(record.number, i + 1);
        CHECK_INT(record.http_status, statuses[i]);
        CHECK_INT(record.new_connection, i == 0);
        CHECK(record.started_us + record.duration_us <= completion.total_us);
        check_times(&record);
    }
    /* The call of an event begins with the submit, so the time in the queue counts. */
    hookrail_attempt_record first = accepted_record(completion.accepted, 0);
    CHECK(first.started_us >= completion.queued_us);
    CHECK_STR(hookrail_accepted_request_id(completion.accepted), "req-1");
    free_completion(&completion);
    hookrail_client_free(client);
}

static void test_an_event_keeps_its_last_sixteen_records(void)
{
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client_options_set_backoff_ms(options, 1, 1, NULL);
    devserver_reset(HTTP);
    hookrail_client *client = new_client_with(HTTP, options);
    devserver_set_faults(HTTP, "[{\"status\":503,\"times\":18}]");
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.attempts, 19);
    REQUIRE(completion.accepted != NULL);
    CHECK_INT(hookrail_accepted_attempt_record_count(completion.accepted), 16);
    for (size_t i = 0; i < 16; i++) {
        CHECK_INT(accepted_record(completion.accepted, i).number, i + 4);
    }
    free_completion(&completion);
    hookrail_client_free(client);
}

static void test_an_event_that_is_given_up_keeps_its_records(void)
{
    hookrail_client *client = new_client(HTTP);
    uint64_t token = 0;
    devserver_set_faults(HTTP, "[{\"status\":503,\"headers\":{\"Retry-After\":\"60\"}}]");
    CHECK_INT(submit(client, "1", 1, &token), HOOKRAIL_OK);
    devserver_wait(HTTP, "requests=1");
    size_t queued = 0;
    while (queued == 0) {
        CHECK_INT(hookrail_pending(client, &queued, NULL, NULL, NULL), HOOKRAIL_OK);
    }
    CHECK_INT(hookrail_cancel_submitted(client, token, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.status, HOOKRAIL_CANCELLED);
    REQUIRE(completion.error != NULL);
    CHECK_INT(hookrail_error_attempt_record_count(completion.error), 1);
    CHECK_INT(error_record(completion.error, 0).http_status, 503);
    free_completion(&completion);
    hookrail_client_free(client);
}

static void test_background_calls_have_records(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    devserver_set_faults(HTTP, "[{\"status\":503}]");
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_call_free(call);
    CHECK_INT(hookrail_accepted_attempt_record_count(accepted), 2);
    CHECK_INT(accepted_record(accepted, 0).http_status, 503);
    hookrail_attempt_record good = accepted_record(accepted, 1);
    CHECK_INT(good.http_status, 202);
    check_times(&good);
    hookrail_accepted_free(accepted);

    hookrail_error *error = NULL;
    devserver_set_faults(HTTP, "[{\"status\":400,\"headers\":{\"X-Correlation-Id\":\"c-1\"}}]");
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_send(call, &accepted, &error), HOOKRAIL_BAD_REQUEST);
    hookrail_call_free(call);
    CHECK_INT(hookrail_error_attempt_record_count(error), 1);
    CHECK_STR(error_record(error, 0).request_id, "c-1");
    CHECK_STR(hookrail_error_request_id(error), "c-1");
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_the_status_of_an_event_has_records(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted *accepted = send_accepted(client);
    hookrail_event_status *status = NULL;
    devserver_set_faults(HTTP, "[{\"match\":{\"method\":\"GET\"},\"status\":503},"
                               "{\"match\":{\"method\":\"GET\"},\"status\":200,"
                               "\"headers\":{\"X-Amzn-RequestId\":\"a-1\"},"
                               "\"body\":{\"event_id\":\"e1\"}}]");
    CHECK_INT(hookrail_get_event(client, TEXT(hookrail_accepted_event_id(accepted)), NULL, 0,
                                 &status, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_event_status_attempt_record_count(status), 2);
    hookrail_attempt_record record;
    memset(&record, 0, sizeof record);
    CHECK(hookrail_event_status_attempt_record(status, 1, &record, sizeof record));
    CHECK_INT(record.number, 2);
    CHECK_INT(record.http_status, 200);
    CHECK_STR(record.request_id, "a-1");
    check_times(&record);
    CHECK_STR(hookrail_event_status_request_id(status), "a-1");
    CHECK(!hookrail_event_status_attempt_record(status, 2, &record, sizeof record));
    hookrail_event_status_free(status);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_a_request_id_can_stand_in_a_log(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":400,\"headers\":{\"X-Request-Id\":\"a\\tb " API_KEY
                               "\"}},{\"status\":400,\"headers\":{\"X-Request-Id\":\"\"}}]");
    hookrail_error *error = send_refused(client);
    CHECK_STR(hookrail_error_request_id(error), "a\\tb ******");
    hookrail_error_free(error);
    error = send_refused(client);
    CHECK(hookrail_error_request_id(error) == NULL);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_a_request_id_hides_headers_but_not_the_callers_own_id(void)
{
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client_options_add_header(options, TEXT("x-gateway-token"), TEXT("token-1"), NULL);
    hookrail_client_options_add_header(options, TEXT("x-request-id"), TEXT("mine-1"), NULL);
    devserver_reset(HTTP);
    hookrail_client *client = new_client_with(HTTP, options);
    devserver_set_faults(HTTP,
                         "[{\"status\":400,\"headers\":{\"X-Request-Id\":\"mine-1 token-1\"}}]");
    hookrail_error *error = send_refused(client);
    CHECK_STR(hookrail_error_request_id(error), "mine-1 *******");
    hookrail_error_free(error);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_each_attempt_has_its_record);
    RUN(test_a_pooled_connection_is_told_from_a_new_one);
    RUN(test_look_up_and_tls_have_their_times);
    RUN(test_a_timeout_shows_where_the_time_went);
    RUN(test_no_connection_is_no_new_connection);
    RUN(test_the_last_sixteen_attempts_are_kept);
    RUN(test_what_there_is_not_is_not_written);
    RUN(test_a_completion_has_its_records);
    RUN(test_an_event_keeps_its_last_sixteen_records);
    RUN(test_an_event_that_is_given_up_keeps_its_records);
    RUN(test_background_calls_have_records);
    RUN(test_the_status_of_an_event_has_records);
    RUN(test_a_request_id_can_stand_in_a_log);
    RUN(test_a_request_id_hides_headers_but_not_the_callers_own_id);
    return harness_end();
}
