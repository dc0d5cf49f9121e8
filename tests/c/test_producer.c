/* Events that are queued and sent by the library's own threads. */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>

#include "completions.h"
#include "refusal.h"

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd input = {fd, POLLIN, 0};
    return poll(&input, 1, timeout_ms) == 1;
}

static void test_every_submit_has_one_completion(void)
{
    enum { EVENTS = 200 };
    hookrail_client *client = new_client(HTTP);
    bool seen[EVENTS] = {false};
    for (uint64_t i = 0; i < EVENTS; i++) {
        CHECK_INT(submit(client, "{}", i, NULL), HOOKRAIL_OK);
    }
    for (int i = 0; i < EVENTS; i++) {
        hookrail_completion completion = next_completion(client);
        REQUIRE(completion.tag < EVENTS);
        CHECK(!seen[completion.tag]);
        seen[completion.tag] = true;
        CHECK_INT(completion.status, HOOKRAIL_OK);
        CHECK_INT(completion.outcome, HOOKRAIL_OUTCOME_DELIVERED);
        CHECK_INT(completion.http_status, 202);
        CHECK_INT(completion.attempts, 1);
        CHECK(completion.token != 0);
        CHECK(completion.queued_us <= completion.total_us);
        CHECK_INT(strlen(hookrail_accepted_event_id(completion.accepted)), 26);
        CHECK(completion.error == NULL);
        free_completion(&completion);
    }
    CHECK_INT(devserver_count(HTTP, "events"), EVENTS);
    CHECK_INT(devserver_count(HTTP, "distinct_keys"), EVENTS);
    check_pending(client, 0, 0, 0);
    hookrail_client_free(client);
}

static hookrail_completion completion_of(const char *topic, const char *payload,
                                         const hookrail_send_options *options,
                                         hookrail_client *client)
{
    CHECK_INT(hookrail_submit_event(client, TEXT(topic), TEXT(payload), options, 0, 0, NULL, NULL),
              HOOKRAIL_OK);
    return next_completion(client);
}

static void test_a_completion_names_its_event(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_send_options_set_idempotency_key(options, TEXT("key-1"), NULL);
    hookrail_send_options_set_ordering_key(options, TEXT("customer-7"), NULL);
    hookrail_completion completion = completion_of("order \"a\"", "1", options, client);
    CHECK_STR(completion.topic, "order \"a\"");
    CHECK_STR(completion.idempotency_key, "key-1");
    CHECK_STR(completion.ordering_key, "customer-7");
    free_completion(&completion);
    hookrail_send_options_free(options);

    completion = completion_of("t", "{\"ordering_key\":\"customer-8\"}", NULL, client);
    CHECK_STR(completion.ordering_key, "customer-8");
    CHECK_STR(completion.idempotency_key, hookrail_accepted_idempotency_key(completion.accepted));
    free_completion(&completion);

    devserver_set_faults(HTTP, "[{\"status\":403}]");
    completion = completion_of("t", "1", NULL, client);
    CHECK_STR(completion.topic, "t");
    CHECK_STR(completion.idempotency_key, hookrail_error_idempotency_key(completion.error));
    CHECK(completion.ordering_key == NULL);
    free_completion(&completion);
    hookrail_client_free(client);
}

static void test_a_failure_is_a_completion(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":403}]");
    CHECK_INT(submit(client, "1", 7, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.tag, 7);
    CHECK_INT(completion.status, HOOKRAIL_PERMISSION_DENIED);
    CHECK_INT(completion.outcome, HOOKRAIL_OUTCOME_REJECTED);
    CHECK_INT(completion.http_status, 403);
    CHECK(completion.accepted == NULL);
    CHECK_INT(hookrail_error_status(completion.error), HOOKRAIL_PERMISSION_DENIED);
    CHECK_INT(hookrail_error_attempts(completion.error), completion.attempts);
    free_completion(&completion);
    hookrail_client_free(client);
}

static void test_no_completion_where_none_is_wanted(void)
{
    hookrail_client *client = new_client(HTTP);
    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1,
                                    HOOKRAIL_SUBMIT_NO_COMPLETION, NULL, NULL),
              HOOKRAIL_OK);
    size_t remaining = 99;
    CHECK_INT(hookrail_flush(client, LONG_MS, &remaining, NULL), HOOKRAIL_OK);
    CHECK_INT(remaining, 0);
    hookrail_completion completion;
    size_t count = 99;
    CHECK_INT(hookrail_poll(client, &completion, sizeof completion, 1, 0, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 0);
    CHECK_INT(devserver_count(HTTP, "events"), 1);
    hookrail_client_free(client);
}

static void test_prepared_events_can_be_submitted(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = NULL;
    CHECK_INT(hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, &prepared, NULL),
              HOOKRAIL_OK);
    const char *blob = hookrail_prepared_blob(prepared);
    size_t length = hookrail_prepared_blob_len(prepared);
    uint64_t token = 0;
    CHECK_INT(hookrail_submit_prepared(client, blob, length, 0, 3, 0, &token, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.status, HOOKRAIL_OK);
    CHECK(completion.token == token);
    CHECK_STR(hookrail_accepted_idempotency_key(completion.accepted),
              hookrail_prepared_idempotency_key(prepared));
    free_completion(&completion);
    CHECK_INT(hookrail_submit_prepared(client, blob, length - 1, 0, 3, 0, NULL, NULL),
              HOOKRAIL_DAMAGED_BLOB);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
}

static void test_the_descriptor_tells_of_completions(void)
{
    hookrail_client *client = new_client(HTTP);
    int32_t fd = -1;
    CHECK_INT(hookrail_event_fd(client, &fd, NULL), HOOKRAIL_OK);
    REQUIRE(fd >= 0);
    CHECK(!is_readable(fd, 0));
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    CHECK_INT(submit(client, "2", 2, NULL), HOOKRAIL_OK);
    CHECK(is_readable(fd, LONG_MS));
    CHECK_INT(hookrail_flush(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_completion completions[3];
    size_t count = 0;
    CHECK_INT(hookrail_poll(client, completions, sizeof completions[0], 1, 0, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 1);
    CHECK(is_readable(fd, 0));
    free_completion(&completions[0]);
    CHECK_INT(hookrail_poll(client, completions, sizeof completions[0], 3, 0, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 1);
    CHECK(!is_readable(fd, 0));
    free_completion(&completions[0]);
    hookrail_client_free(client);
}

static void test_waits_can_be_woken(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_completion completion;
    size_t count = 99;
    hookrail_wakeup(client);
    CHECK_INT(hookrail_poll(client, &completion, sizeof completion, 1, -1, &count, NULL),
              HOOKRAIL_INTERRUPTED);
    CHECK_INT(hookrail_poll(client, &completion, sizeof completion, 1, 1, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 0);
    hookrail_wakeup(NULL);
    hookrail_client_free(client);
}

static void ignore_signal(int number)
{
    (void)number;
}

static void test_a_signal_ends_a_wait(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    devserver_wait(HTTP, "requests=1");
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ignore_signal;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    /* Repeat the signal: one that comes before the wait starts has no effect. */
    const struct itimerval every_20_ms = {{0, 20000}, {0, 20000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &every_20_ms, NULL) == 0);
    hookrail_completion completion;
    size_t count = 99;
    size_t remaining = 99;
    CHECK_INT(hookrail_poll(client, &completion, sizeof completion, 1, -1, &count, NULL),
              HOOKRAIL_INTERRUPTED);
    CHECK_INT(hookrail_flush(client, -1, &remaining, NULL), HOOKRAIL_INTERRUPTED);
    CHECK_INT(remaining, 1);
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    action.sa_handler = SIG_IGN;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK_INT(hookrail_flush(client, 10, &remaining, NULL), HOOKRAIL_TIMEOUT);
    CHECK_INT(remaining, 1);
    hookrail_client_free(client);
}

/* Returns the completion of an event that is refused for so long. */
static hookrail_completion refused_for(int64_t timeout_ms)
{
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_delivery_timeout_ms(options, timeout_ms, NULL),
              HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    hookrail_completion completion = next_completion(client);
    hookrail_client_free(client);
    return completion;
}

static void test_the_delivery_timeout_ends_an_event(void)
{
    devserver_reset(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":503,\"times\":\"always\"}]");
    hookrail_completion completion = refused_for(1000);
    /* A busy machine may leave no time for a second attempt. */
    for (int64_t time = 4000; completion.attempts <= 1 && time < LONG_MS; time *= 4) {
        free_completion(&completion);
        completion = refused_for(time);
    }
    CHECK(completion.status != HOOKRAIL_OK);
    CHECK(completion.attempts > 1);
    CHECK_INT(completion.outcome, HOOKRAIL_OUTCOME_MAYBE_SENT);
    free_completion(&completion);
}

static void test_bad_arguments_are_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_cancel *cancel = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_client_options *client_options = hookrail_client_options_new();
    hookrail_completion completion;
    size_t count = 0;
    int32_t fd = -1;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
#define SUBMIT(client, topic, payload, options, flags)                                             \
    hookrail_submit_event(client, topic, payload, options, 0, flags, NULL, &error)
    REFUSES("client", SUBMIT(NULL, TEXT("t"), TEXT("1"), NULL, 0));
    REFUSES("JSON", SUBMIT(client, TEXT("t"), TEXT("{"), NULL, 0));
    REFUSES("flags", SUBMIT(client, TEXT("t"), TEXT("1"), NULL, 6));
    REFUSES("cancel", SUBMIT(client, TEXT("t"), TEXT("1"), options, 0));
    REFUSES("topic", hookrail_submit_event(client, NULL, 1, TEXT("1"), NULL, 0, 0, NULL, &error));
    REFUSES("payload", hookrail_submit_event(client, TEXT("t"), NULL, 1, NULL, 0, 0, NULL, &error));
#undef SUBMIT
    REFUSES("client",
            hookrail_submit_event_wait(NULL, TEXT("t"), TEXT("1"), NULL, 0, 0, 1, NULL, &error));
    REFUSES("client", hookrail_submit_prepared(NULL, TEXT("x"), 0, 0, 0, NULL, &error));
    REFUSES("blob", hookrail_submit_prepared(client, NULL, 1, 0, 0, 0, NULL, &error));
    REFUSES("client", hookrail_poll(NULL, &completion, sizeof completion, 1, 0, &count, &error));
    REFUSES("completions", hookrail_poll(client, NULL, sizeof completion, 1, 0, &count, &error));
    REFUSES("struct_size", hookrail_poll(client, &completion, 7, 1, 0, &count, &error));
    REFUSES("count", hookrail_poll(client, &completion, sizeof completion, 1, 0, NULL, &error));
    REFUSES("client", hookrail_event_fd(NULL, &fd, &error));
    REFUSES("fd", hookrail_event_fd(client, NULL, &error));
    REFUSES("client", hookrail_cancel_submitted(NULL, 1, &error));
    REFUSES("client", hookrail_flush(NULL, 0, NULL, &error));
    REFUSES("client", hookrail_purge(NULL, HOOKRAIL_PURGE_QUEUED, NULL, &error));
    REFUSES("flags", hookrail_purge(client, 0, NULL, &error));
    REFUSES("flags", hookrail_purge(client, 4, NULL, &error));
    REFUSES("client", hookrail_pending(NULL, NULL, NULL, NULL, &error));
    REFUSES("client", hookrail_client_close(NULL, 0, NULL, &error));
    REFUSES("options", hookrail_client_options_set_queue_max_events(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_queue_max_bytes(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_workers(NULL, 1, &error));
    REFUSES("options", hookrail_client_options_set_delivery_timeout_ms(NULL, 1, &error));
    REFUSES("0", hookrail_client_options_set_queue_max_events(client_options, 0, &error));
    REFUSES("0", hookrail_client_options_set_queue_max_bytes(client_options, 0, &error));
    REFUSES("4097", hookrail_client_options_set_workers(client_options, 4097, &error));
    REFUSES("0", hookrail_client_options_set_delivery_timeout_ms(client_options, 0, &error));
    CHECK_INT(devserver_count(HTTP, "connections"), 0);
    hookrail_client_options_free(client_options);
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_every_submit_has_one_completion);
    RUN(test_a_completion_names_its_event);
    RUN(test_a_failure_is_a_completion);
    RUN(test_no_completion_where_none_is_wanted);
    RUN(test_prepared_events_can_be_submitted);
    RUN(test_the_descriptor_tells_of_completions);
    RUN(test_waits_can_be_woken);
    RUN(test_a_signal_ends_a_wait);
    RUN(test_the_delivery_timeout_ends_an_event);
    RUN(test_bad_arguments_are_refused);
    return harness_end();
}
