/* Sending and event status: requests and results. */
#include <ctype.h>
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"

static bool is_uuid_v4(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
    for (size_t i = 0; i < sizeof form; i++) {
        unsigned char c = (unsigned char)text[i];
        bool fits = form[i] == 'x'   ? isdigit(c) || (c >= 'a' && c <= 'f')
                    : form[i] == 'v' ? strchr("89ab", c) != NULL && c != '\0'
                                     : c == (unsigned char)form[i];
        if (!fits) {
            return false;
        }
    }
    return true;
}

static void test_a_request_is_what_the_protocol_says(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_idempotency_key(options, TEXT("order-1"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_ordering_key(options, TEXT("customer-7"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_timeout_ms(options, 20000, NULL), HOOKRAIL_OK);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("orders \"new\""), TEXT("{ \"a\" :1.0e0}"), options,
                                  &accepted, &error),
              HOOKRAIL_OK);
    CHECK(error == NULL);
    hookrail_accepted_free(accepted);
    hookrail_send_options_free(options);
    hookrail_client_free(client);

    char agent[64];
    snprintf(agent, sizeof agent, "[\"user-agent\",\"hookrail-c/%s\"]", hookrail_version());
    char *requests = devserver_requests(HTTP);
    CHECK_CONTAINS(requests, "\"method\":\"POST\"");
    CHECK_CONTAINS(requests, "\"path\":\"/v1/events\"");
    CHECK_CONTAINS(requests, "[\"authorization\",\"Bearer " API_KEY_DIGEST "\"]");
    CHECK_CONTAINS(requests, "[\"content-type\",\"application/json\"]");
    CHECK_CONTAINS(requests, "[\"idempotency-key\",\"order-1\"]");
    CHECK_CONTAINS(requests, "[\"x-hookrail-ordering-key\",\"customer-7\"]");
    CHECK_CONTAINS(requests, agent);
    /* The service gets the payload's bytes unchanged, including its spaces and its number. */
    CHECK_CONTAINS(requests, "\"text\":\"{\\\"topic\\\":\\\"orders \\\\\\\"new\\\\\\\"\\\","
                             "\\\"payload\\\":{ \\\"a\\\" :1.0e0}}\"");
    free(requests);
    char *events = devserver_events(HTTP);
    CHECK_CONTAINS(events, "\"ordering_key\":\"customer-7\"");
    free(events);
}

static void test_an_answer_is_read_in_full(void)
{
    hookrail_client *client = new_client(HTTP);
    const char *json = "{\"event_id\":\"E1\",\"delivery_ids\":[\"D1\",\"D2\"],\"more\":[1]}";
    devserver_set_faults(HTTP, "[{\"status\":202,\"body\":{\"event_id\":\"E1\","
                               "\"delivery_ids\":[\"D1\",\"D2\"],\"more\":[1]},"
                               "\"headers\":{\"Idempotent-Replay\":\"true\"}}]");
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL),
              HOOKRAIL_OK);
    CHECK_STR(hookrail_accepted_event_id(accepted), "E1");
    CHECK_INT(hookrail_accepted_delivery_count(accepted), 2);
    CHECK_STR(hookrail_accepted_delivery_id(accepted, 0), "D1");
    CHECK_STR(hookrail_accepted_delivery_id(accepted, 1), "D2");
    CHECK(hookrail_accepted_delivery_id(accepted, 2) == NULL);
    CHECK(hookrail_accepted_replayed(accepted));
    CHECK(is_uuid_v4(hookrail_accepted_idempotency_key(accepted)));
    CHECK_INT(hookrail_accepted_attempts(accepted), 1);
    CHECK_INT(hookrail_accepted_json_len(accepted), strlen(hookrail_accepted_json(accepted)));
    CHECK_INT(hookrail_accepted_json_len(accepted), strlen(json));
    CHECK_CONTAINS(hookrail_accepted_json(accepted), "\"more\":[1]");
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_every_send_has_a_key_of_its_own(void)
{
    hookrail_client *client = new_client(HTTP);
    for (int i = 0; i < 10; i++) {
        CHECK_INT(send_simple(client, "{\"same\":true}"), HOOKRAIL_OK);
    }
    CHECK_INT(devserver_count(HTTP, "events"), 10);
    CHECK_INT(devserver_count(HTTP, "distinct_keys"), 10);
    CHECK_INT(devserver_count(HTTP, "connections"), 1);
    hookrail_client_free(client);
}

static void test_a_lost_answer_costs_no_second_event(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"reset\":\"after_recording\"},{\"truncate\":3}]");
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL),
              HOOKRAIL_OK);
    CHECK(hookrail_accepted_replayed(accepted));
    CHECK_INT(hookrail_accepted_attempts(accepted), 3);
    CHECK_INT(devserver_count(HTTP, "events"), 1);
    CHECK_INT(devserver_count(HTTP, "requests"), 3);
    CHECK_INT(devserver_count(HTTP, "replays"), 2);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_a_key_means_one_event(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_accepted *first = NULL;
    hookrail_accepted *second = NULL;
    hookrail_accepted *third = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_options_set_idempotency_key(options, TEXT("key-1"), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &first, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &second, NULL),
              HOOKRAIL_OK);
    CHECK(!hookrail_accepted_replayed(first));
    CHECK(hookrail_accepted_replayed(second));
    CHECK_STR(hookrail_accepted_event_id(second), hookrail_accepted_event_id(first));
    CHECK_STR(hookrail_accepted_idempotency_key(second), "key-1");

    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("2"), options, &third, &error),
              HOOKRAIL_CONFLICT);
    CHECK(third == NULL);
    CHECK_INT(hookrail_error_http_status(error), 409);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_REJECTED);
    CHECK_STR(hookrail_error_idempotency_key(error), "key-1");
    CHECK(!hookrail_error_retryable(error));
    hookrail_error_free(error);
    CHECK_INT(devserver_count(HTTP, "events"), 1);
    CHECK_INT(devserver_count(HTTP, "conflicts"), 1);

    hookrail_accepted_free(first);
    hookrail_accepted_free(second);
    hookrail_send_options_free(options);
    hookrail_client_free(client);
}

static void test_contradictory_ordering_keys_are_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_options_set_ordering_key(options, TEXT("a"), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("{\"ordering_key\":\"b\"}"), options,
                                  &accepted, &error),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_CONTAINS(hookrail_error_message(error), "ordering");
    hookrail_error_free(error);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("{\"ordering_key\":\"a\"}"), options,
                                  &accepted, NULL),
              HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_send_options_free(options);
    hookrail_client_free(client);
}

static void test_a_sent_event_can_be_asked_for(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted *accepted = NULL;
    REQUIRE(hookrail_send_event(client, TEXT("orders.created"), TEXT("{}"), NULL, &accepted, NULL)
            == HOOKRAIL_OK);
    hookrail_event_status *status = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_get_event(client, TEXT(hookrail_accepted_event_id(accepted)), NULL, 60000,
                                 &status, &error),
              HOOKRAIL_OK);
    CHECK_STR(hookrail_event_status_event_id(status), hookrail_accepted_event_id(accepted));
    CHECK_STR(hookrail_event_status_topic(status), "orders.created");
    CHECK_INT(hookrail_event_status_delivery_count(status), 0);
    hookrail_event_status_free(status);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static const char every_state[] =
    "[{\"match\":{\"method\":\"GET\"},\"status\":200,\"body\":{\"event_id\":\"E1\",\"topic\":\"t\","
    "\"new\":1,\"deliveries\":["
    "{\"delivery_id\":\"D0\",\"state\":\"pending\",\"attempts_truncated\":false,\"attempts\":null},"
    "{\"delivery_id\":\"D1\",\"state\":\"in_flight\"},"
    "{\"delivery_id\":\"D2\",\"state\":\"retry_scheduled\",\"attempts_truncated\":true,"
    "\"attempts\":["
    "{\"attempt_no\":21,\"claim_version\":5,\"status\":\"retryable_failure\",\"latency_ms\":12,"
    "\"http_status\":500,\"error_class\":\"http_500\"},"
    "{\"attempt_no\":22,\"claim_version\":6,\"status\":\"retryable_failure\"}]},"
    "{\"delivery_id\":\"D3\",\"state\":\"succeeded\"},"
    "{\"delivery_id\":\"D4\",\"state\":\"dead_lettered\"},"
    "{\"delivery_id\":\"D5\",\"state\":\"cancelled\"},"
    "{\"delivery_id\":\"D6\",\"state\":\"skipped\"},"
    "{\"delivery_id\":\"D7\",\"state\":\"paused\"}]}}]";

static void test_every_part_of_a_status_is_there(void)
{
    static const hookrail_delivery_state states[] = {
        HOOKRAIL_DELIVERY_PENDING,         HOOKRAIL_DELIVERY_IN_FLIGHT,
        HOOKRAIL_DELIVERY_RETRY_SCHEDULED, HOOKRAIL_DELIVERY_SUCCEEDED,
        HOOKRAIL_DELIVERY_DEAD_LETTERED,   HOOKRAIL_DELIVERY_CANCELLED,
        HOOKRAIL_DELIVERY_SKIPPED,         HOOKRAIL_DELIVERY_UNKNOWN};
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, every_state);
    hookrail_event_status *status = NULL;
    REQUIRE(hookrail_get_event(client, TEXT("E/1"), NULL, 0, &status, NULL) == HOOKRAIL_OK);
    hookrail_client_free(client);

    CHECK_INT(hookrail_event_status_delivery_count(status), 8);
    for (size_t i = 0; i < 8; i++) {
        char id[] = {'D', (char)('0' + i), '\0'};
        CHECK_STR(hookrail_event_status_delivery_id(status, i), id);
        CHECK_INT(hookrail_event_status_delivery_state(status, i), states[i]);
        CHECK_STR(hookrail_event_status_delivery_state_text(status, i),
                  i == 7 ? "paused" : hookrail_delivery_state_name(states[i]));
        CHECK_INT(hookrail_event_status_delivery_attempts_truncated(status, i), i == 2);
        CHECK_INT(hookrail_event_status_attempt_count(status, i), i == 2 ? 2 : 0);
    }
    CHECK_INT(hookrail_event_status_attempt_number(status, 2, 0), 21);
    CHECK_INT(hookrail_event_status_attempt_claim_version(status, 2, 0), 5);
    CHECK_STR(hookrail_event_status_attempt_status(status, 2, 0), "retryable_failure");
    CHECK_INT(hookrail_event_status_attempt_latency_ms(status, 2, 0), 12);
    CHECK_INT(hookrail_event_status_attempt_http_status(status, 2, 0), 500);
    CHECK_STR(hookrail_event_status_attempt_error_class(status, 2, 0), "http_500");
    CHECK_INT(hookrail_event_status_attempt_number(status, 2, 1), 22);
    CHECK_INT(hookrail_event_status_attempt_latency_ms(status, 2, 1), -1);
    CHECK_INT(hookrail_event_status_attempt_http_status(status, 2, 1), 0);
    CHECK(hookrail_event_status_attempt_error_class(status, 2, 1) == NULL);
    CHECK(hookrail_event_status_attempt_status(status, 2, 2) == NULL);
    CHECK(hookrail_event_status_delivery_id(status, 8) == NULL);
    CHECK_CONTAINS(hookrail_event_status_json(status), "\"new\":1");
    CHECK_INT(hookrail_event_status_json_len(status), strlen(hookrail_event_status_json(status)));
    hookrail_event_status_free(status);

    char *requests = devserver_requests(HTTP);
    CHECK_CONTAINS(requests, "\"path\":\"/v1/events/E%2F1\"");
    free(requests);
}

static void test_an_unknown_event_is_not_found(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_event_status *status = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_get_event(client, TEXT("nothing"), NULL, 0, &status, &error),
              HOOKRAIL_NOT_FOUND);
    CHECK(status == NULL);
    CHECK_INT(hookrail_error_http_status(error), 404);
    CHECK_INT(hookrail_error_attempts(error), 1);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NONE);
    CHECK(hookrail_error_idempotency_key(error) == NULL);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_a_request_is_what_the_protocol_says);
    RUN(test_an_answer_is_read_in_full);
    RUN(test_every_send_has_a_key_of_its_own);
    RUN(test_a_lost_answer_costs_no_second_event);
    RUN(test_a_key_means_one_event);
    RUN(test_contradictory_ordering_keys_are_refused);
    RUN(test_a_sent_event_can_be_asked_for);
    RUN(test_every_part_of_a_status_is_there);
    RUN(test_an_unknown_event_is_not_found);
    return harness_end();
}
