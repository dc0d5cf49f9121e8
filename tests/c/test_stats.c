/* The counters of a client. */
#include <stdlib.h>

#include "completions.h"
#include "fixture.h"
#include "harness.h"
#include "refusal.h"

static void read_stats(const hookrail_client *client, char *json, size_t size)
{
    size_t needed = 0;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_client_stats(client, json, size, &needed, &error), HOOKRAIL_OK);
    CHECK_INT(needed, strlen(json) + 1);
    hookrail_error_free(error);
}

static void test_a_new_client_has_done_nothing(void)
{
    char json[1024];
    hookrail_client *client = new_client(HTTP);
    read_stats(client, json, sizeof json);
    CHECK_CONTAINS(json, "\"requests\":0");
    CHECK_CONTAINS(json, "\"bytes_sent\":0");
    CHECK_CONTAINS(json, "\"retries\":{}");
    CHECK_CONTAINS(json, "\"failures\":{}");
    hookrail_client_free(client);
}

static void test_everything_is_counted(void)
{
    char json[1024];
    hookrail_client *client = new_client(HTTP);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    devserver_set_faults(HTTP, "[{\"status\":503},{\"truncate\":3}]");
    CHECK_INT(send_simple(client, "2"), HOOKRAIL_OK);
    hookrail_event_status *status = NULL;
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), NULL, 0, &status, NULL), HOOKRAIL_NOT_FOUND);
    read_stats(client, json, sizeof json);
    CHECK_CONTAINS(json, "\"requests\":3");
    CHECK_CONTAINS(json, "\"attempts\":5");
    CHECK_CONTAINS(json, "\"successes\":2");
    CHECK_CONTAINS(json, "\"replays\":1");
    CHECK_CONTAINS(json, "\"connections_opened\":2");
    CHECK_CONTAINS(json, "\"connections_reused\":3");
    CHECK_CONTAINS(json, "\"connection\":1");
    CHECK_CONTAINS(json, "\"server_error\":1");
    CHECK_CONTAINS(json, "\"failures\":{\"not_found\":1}");
    CHECK(strstr(json, API_KEY) == NULL);
    hookrail_client_free(client);
}

static void test_durations_are_counted_by_bucket(void)
{
    char json[1024];
    hookrail_client *client = new_client(HTTP);
    read_stats(client, json, sizeof json);
    CHECK_CONTAINS(json, "\"attempt_duration\":{\"buckets\":[[0.001,0],[0.0025,0],");
    CHECK_CONTAINS(json, ",[30.0,0]],\"sum\":0.0,\"count\":0}");
    devserver_set_faults(HTTP, "[{\"status\":503},{\"delay_ms\":110}]");
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    read_stats(client, json, sizeof json);
    CHECK_CONTAINS(json, ",[30.0,2]],\"sum\":0.");
    CHECK_CONTAINS(json, "\"count\":2}");
    /* The second attempt took longer. */
    CHECK(strstr(json, "[0.1,2]") == NULL);
    hookrail_client_free(client);
}

static void read_metrics(const hookrail_client *client, char *text, size_t size)
{
    size_t needed = 0;
    CHECK_INT(hookrail_client_metrics(client, text, size, &needed, NULL), HOOKRAIL_OK);
    CHECK_INT(needed, strlen(text) + 1);
}

static void test_metrics_have_the_values_of_the_counters(void)
{
    static const char *const names[][2] = {
        {"bytes_sent", "sent_bytes_total"},
        {"bytes_received", "received_bytes_total"},
        {"attempts", "attempts_total"},
        {"connections_opened", "connections_opened_total"},
        {"connections_reused", "connections_reused_total"},
    };
    char json[1024];
    char text[8192];
    hookrail_client *client = new_client(HTTP);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    }
    read_stats(client, json, sizeof json);
    read_metrics(client, text, sizeof text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char part[96];
        snprintf(part, sizeof part, "\"%s\":", names[i][0]);
        const char *member = strstr(json, part);
        REQUIRE(member != NULL);
        long value = atol(member + strlen(part));
        snprintf(part, sizeof part, "\nhookrail_client_%s %ld\n", names[i][1], value);
        CHECK_CONTAINS(text, part);
    }
    hookrail_client_free(client);
}

static void test_metrics_have_the_counters_and_the_queue(void)
{
    char text[8192];
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":503},{},{\"status\":400}]");
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(send_simple(client, "2"), HOOKRAIL_BAD_REQUEST);
    read_metrics(client, text, sizeof text);
    CHECK_CONTAINS(text, "# TYPE hookrail_client_requests_total counter\n"
                         "hookrail_client_requests_total 2\n");
    CHECK_CONTAINS(text, "\nhookrail_client_attempts_total 3\n");
    CHECK_CONTAINS(text, "\nhookrail_client_successes_total 1\n");
    CHECK_CONTAINS(text, "\nhookrail_client_connections_opened_total 1\n");
    CHECK_CONTAINS(text, "\nhookrail_client_connections_reused_total 2\n");
    CHECK_CONTAINS(text, "\nhookrail_client_retries_total{reason=\"server_error\"} 1\n");
    CHECK_CONTAINS(text, "\nhookrail_client_failures_total{status=\"bad_request\"} 1\n");
    CHECK_CONTAINS(text, "\nhookrail_client_attempt_duration_seconds_bucket{le=\"+Inf\"} 3\n"
                         "hookrail_client_attempt_duration_seconds_sum 0.");
    CHECK_CONTAINS(text, "\nhookrail_client_attempt_duration_seconds_count 3\n");
    CHECK_CONTAINS(text, "\nhookrail_client_queue_events{state=\"queued\"} 0\n");

    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    CHECK_INT(submit(client, "3", 0, NULL), HOOKRAIL_OK);
    devserver_wait(HTTP, "requests=4");
    read_metrics(client, text, sizeof text);
    CHECK_CONTAINS(text, "\nhookrail_client_queue_events{state=\"in_flight\"} 1\n");
    CHECK_INT(hookrail_purge(client, HOOKRAIL_PURGE_IN_FLIGHT, NULL, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    free_completion(&completion);
    read_metrics(client, text, sizeof text);
    CHECK_CONTAINS(text, "\nhookrail_client_queue_events{state=\"in_flight\"} 0\n");
    CHECK(strstr(text, API_KEY) == NULL);
    hookrail_client_free(client);
}

static void test_a_small_buffer_is_left_alone(void)
{
    char json[16];
    size_t needed = 0;
    hookrail_client *client = new_client(HTTP);
    memset(json, '#', sizeof json);
    CHECK_INT(hookrail_client_stats(client, json, sizeof json, &needed, NULL),
              HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK(json[0] == '#');
    CHECK(needed > sizeof json);
    CHECK_INT(hookrail_client_stats(client, NULL, 0, NULL, NULL), HOOKRAIL_BUFFER_TOO_SMALL);
    REFUSES("client", hookrail_client_stats(NULL, json, sizeof json, NULL, &error));
    CHECK_INT(hookrail_client_metrics(client, json, sizeof json, &needed, NULL),
              HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK(json[0] == '#');
    CHECK(needed > 1000);
    REFUSES("client", hookrail_client_metrics(NULL, json, sizeof json, NULL, &error));
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_a_new_client_has_done_nothing);
    RUN(test_everything_is_counted);
    RUN(test_durations_are_counted_by_bucket);
    RUN(test_metrics_have_the_values_of_the_counters);
    RUN(test_metrics_have_the_counters_and_the_queue);
    RUN(test_a_small_buffer_is_left_alone);
    return harness_end();
}
