/* The limits of the queue, and events that are not delivered. */
#include <pthread.h>
#include <stdint.h>

#include "completions.h"

static void test_a_full_queue_says_so(void)
{
    devserver_reset(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_queue_max_events(options, 2, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_workers(options, 1, NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    hookrail_error *error = NULL;
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    CHECK_INT(submit(client, "2", 2, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("3"), NULL, 3, 0, NULL, &error),
              HOOKRAIL_QUEUE_FULL);
    CHECK_CONTAINS(hookrail_error_message(error), "2");
    hookrail_error_free(error);
    CHECK_INT(hookrail_submit_event_wait(client, TEXT("t"), TEXT("3"), NULL, 3, 0, 20, NULL, NULL),
              HOOKRAIL_QUEUE_FULL);
    hookrail_client_free(client);
}

static void test_a_queue_is_full_of_bytes_too(void)
{
    devserver_reset(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_queue_max_bytes(options, 40, NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    CHECK_INT(submit(client, "2", 2, NULL), HOOKRAIL_QUEUE_FULL);
    hookrail_client_free(client);
}

static void *collect_one(void *client)
{
    hookrail_completion completion = next_completion(client);
    free_completion(&completion);
    return NULL;
}

static void test_a_submit_can_wait_for_room(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_queue_max_events(options, 1, NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    pthread_t collector;
    REQUIRE(pthread_create(&collector, NULL, collect_one, client) == 0);
    uint64_t token = 0;
    CHECK_INT(hookrail_submit_event_wait(client, TEXT("t"), TEXT("2"), NULL, 2, 0,
                                         HOOKRAIL_INFINITE, &token, NULL),
              HOOKRAIL_OK);
    CHECK(token != 0);
    pthread_join(collector, NULL);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.tag, 2);
    free_completion(&completion);
    hookrail_client_free(client);
}

static hookrail_client *client_with_one_worker(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_workers(options, 1, NULL), HOOKRAIL_OK);
    return new_client_with(HTTP, options);
}

static void test_submitted_events_can_be_given_up(void)
{
    hookrail_client *client = client_with_one_worker();
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    uint64_t tokens[4] = {0, 0, 0, 0};
    for (uint64_t i = 0; i < 4; i++) {
        CHECK_INT(submit(client, "1", i, &tokens[i]), HOOKRAIL_OK);
    }
    devserver_wait(HTTP, "requests=1");
    check_pending(client, 3, 1, 0);

    CHECK_INT(hookrail_cancel_submitted(client, tokens[2], NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.tag, 2);
    CHECK_INT(completion.status, HOOKRAIL_CANCELLED);
    CHECK_INT(completion.outcome, HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK_INT(completion.attempts, 0);
    free_completion(&completion);

    size_t purged = 99;
    CHECK_INT(hookrail_purge(client, HOOKRAIL_PURGE_QUEUED, &purged, NULL), HOOKRAIL_OK);
    CHECK_INT(purged, 2);
    for (int i = 0; i < 2; i++) {
        completion = next_completion(client);
        CHECK(completion.tag == 1 || completion.tag == 3);
        CHECK_INT(completion.status, HOOKRAIL_CANCELLED);
        free_completion(&completion);
    }
    CHECK_INT(hookrail_purge(client, HOOKRAIL_PURGE_IN_FLIGHT, &purged, NULL), HOOKRAIL_OK);
    CHECK_INT(purged, 1);
    completion = next_completion(client);
    CHECK_INT(completion.tag, 0);
    CHECK_INT(completion.status, HOOKRAIL_CANCELLED);
    CHECK_INT(completion.outcome, HOOKRAIL_OUTCOME_MAYBE_SENT);
    free_completion(&completion);
    CHECK_INT(hookrail_cancel_submitted(client, tokens[0], NULL), HOOKRAIL_OK);
    check_pending(client, 0, 0, 0);
    hookrail_client_free(client);
}

static void test_closing_sends_what_is_queued(void)
{
    enum { EVENTS = 50 };
    hookrail_client *client = new_client(HTTP);
    for (uint64_t i = 0; i < EVENTS; i++) {
        CHECK_INT(submit(client, "1", i, NULL), HOOKRAIL_OK);
    }
    size_t unsent = 99;
    CHECK_INT(hookrail_client_close(client, LONG_MS, &unsent, NULL), HOOKRAIL_OK);
    CHECK_INT(unsent, 0);
    CHECK_INT(devserver_count(HTTP, "events"), EVENTS);

    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    CHECK_INT(submit(client, "1", 0, NULL), HOOKRAIL_CLOSED);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL),
              HOOKRAIL_CLOSED);
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), NULL, 0, &status, NULL), HOOKRAIL_CLOSED);
    for (int i = 0; i < EVENTS; i++) {
        hookrail_completion completion = next_completion(client);
        CHECK_INT(completion.status, HOOKRAIL_OK);
        free_completion(&completion);
    }
    CHECK_INT(hookrail_client_close(client, 0, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void test_closing_gives_up_what_cannot_be_sent(void)
{
    hookrail_client *client = client_with_one_worker();
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    for (uint64_t i = 0; i < 3; i++) {
        CHECK_INT(submit(client, "1", i, NULL), HOOKRAIL_OK);
    }
    devserver_wait(HTTP, "requests=1");
    size_t unsent = 99;
    CHECK_INT(hookrail_client_close(client, 50, &unsent, NULL), HOOKRAIL_OK);
    CHECK_INT(unsent, 3);
    for (int i = 0; i < 3; i++) {
        hookrail_completion completion = next_completion(client);
        CHECK(completion.status != HOOKRAIL_OK);
        CHECK_INT(completion.outcome,
                  completion.tag == 0 ? HOOKRAIL_OUTCOME_MAYBE_SENT : HOOKRAIL_OUTCOME_NOT_SENT);
        free_completion(&completion);
    }
    hookrail_client_free(client);
}

static void test_freeing_does_not_wait(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    for (uint64_t i = 0; i < 10; i++) {
        CHECK_INT(submit(client, "1", i, NULL), HOOKRAIL_OK);
    }
    devserver_wait(HTTP, "requests=1");
    hookrail_client_free(client);
    devserver_wait(HTTP, "max_open_connections=0");
    CHECK(threads_have_ended());
}

int main(void)
{
    RUN(test_a_full_queue_says_so);
    RUN(test_a_queue_is_full_of_bytes_too);
    RUN(test_a_submit_can_wait_for_room);
    RUN(test_submitted_events_can_be_given_up);
    RUN(test_closing_sends_what_is_queued);
    RUN(test_closing_gives_up_what_cannot_be_sent);
    RUN(test_freeing_does_not_wait);
    return harness_end();
}
