/* The counters of a client. */
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
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_a_new_client_has_done_nothing);
    RUN(test_everything_is_counted);
    RUN(test_a_small_buffer_is_left_alone);
    return harness_end();
}
