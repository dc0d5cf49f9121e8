/* Background calls. */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

#define LONG_MS 60000

static hookrail_call *start_send(const hookrail_client *client, const char *payload)
{
    hookrail_call *call = NULL;
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT(payload), NULL, &call, NULL), HOOKRAIL_OK);
    return call;
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd input = {fd, POLLIN, 0};
    return poll(&input, 1, timeout_ms) == 1;
}

static void test_a_call_sends(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = start_send(client, "1");
    CHECK_INT(hookrail_call_wait(call, LONG_MS, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_call_wait(call, 0, NULL), HOOKRAIL_OK);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    CHECK_INT(strlen(hookrail_accepted_event_id(accepted)), 26);
    hookrail_accepted *second = NULL;
    REFUSES("", hookrail_call_finish_send(call, &second, &error));
    CHECK(second == NULL);
    hookrail_call_free(call);

    hookrail_event_status *status = NULL;
    CHECK_INT(
        hookrail_call_get_event(client, TEXT(hookrail_accepted_event_id(accepted)), 0, &call, NULL),
        HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_get_event(call, &status, NULL), HOOKRAIL_OK);
    CHECK_STR(hookrail_event_status_event_id(status), hookrail_accepted_event_id(accepted));
    hookrail_event_status_free(status);
    hookrail_call_free(call);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

static void test_a_call_sends_a_prepared_event(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = NULL;
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, &prepared, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_call_send_prepared(client, hookrail_prepared_blob(prepared),
                                          hookrail_prepared_blob_len(prepared), 0, &call, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    CHECK_STR(hookrail_accepted_idempotency_key(accepted),
              hookrail_prepared_idempotency_key(prepared));
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    hookrail_prepared_free(prepared);
    CHECK_INT(hookrail_call_send_prepared(client, TEXT("x"), 0, &call, NULL),
              HOOKRAIL_DAMAGED_BLOB);
    hookrail_client_free(client);
}

static void test_a_failed_call_has_its_error(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":401}]");
    hookrail_call *call = start_send(client, "1");
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_call_finish_send(call, &accepted, &error), HOOKRAIL_AUTHENTICATION);
    CHECK_INT(hookrail_error_http_status(error), 401);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_REJECTED);
    hookrail_error_free(error);
    hookrail_call_free(call);
    hookrail_client_free(client);
}

static void test_calls_do_not_queue_behind_each_other(void)
{
    enum { CALLS = 8 };
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":7}]");
    hookrail_call *calls[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        calls[i] = start_send(client, "1");
    }
    devserver_wait(HTTP, "requests=8&events=1");
    int done = 0;
    for (size_t i = 0; i < CALLS; i++) {
        hookrail_call_cancel(calls[i]);
    }
    for (size_t i = 0; i < CALLS; i++) {
        hookrail_accepted *accepted = NULL;
        hookrail_error *error = NULL;
        hookrail_status status = hookrail_call_finish_send(calls[i], &accepted, &error);
        if (status == HOOKRAIL_OK) {
            done++;
        } else {
            CHECK_INT(status, HOOKRAIL_CANCELLED);
            CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_MAYBE_SENT);
        }
        hookrail_accepted_free(accepted);
        hookrail_error_free(error);
        hookrail_call_free(calls[i]);
    }
    CHECK(done <= 1);
    hookrail_client_free(client);
}

static void test_the_descriptor_tells_of_the_end(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    hookrail_call *call = start_send(client, "1");
    int fd = hookrail_call_fd(call);
    REQUIRE(fd >= 0);
    devserver_wait(HTTP, "requests=1");
    CHECK(!is_readable(fd, 0));
    CHECK_INT(hookrail_call_wait(call, 0, NULL), HOOKRAIL_TIMEOUT);
    hookrail_call_cancel(call);
    CHECK(is_readable(fd, LONG_MS));
    CHECK(is_readable(fd, 0));
    hookrail_call_cancel(call);
    hookrail_call_free(call);
    hookrail_client_free(client);
}

static void ignore_signal(int number)
{
    (void)number;
}

/* Returns the status of a wait for a call under signals; the call itself succeeds. */
static hookrail_status wait_under_signals(const hookrail_client *client)
{
    devserver_set_faults(HTTP, "[{\"delay_ms\":3000}]");
    hookrail_call *call = start_send(client, "1");
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ignore_signal;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    const struct itimerval soon_and_again = {{0, 20000}, {0, 20000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &soon_and_again, NULL) == 0);
    hookrail_status status = hookrail_call_wait(call, -1, NULL);
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    action.sa_handler = SIG_IGN;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK_INT(hookrail_call_wait(call, LONG_MS, NULL), HOOKRAIL_OK);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    return status;
}

static void test_a_signal_ends_a_wait_but_not_the_call(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_status status = HOOKRAIL_OK;
    /* If this thread is delayed, the answer may come before the first signal. */
    for (int tries = 5; tries > 0 && status == HOOKRAIL_OK; tries--) {
        status = wait_under_signals(client);
    }
    CHECK_INT(status, HOOKRAIL_INTERRUPTED);
    hookrail_client_free(client);
}

static void test_freeing_a_call_ends_it(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    hookrail_call *call = start_send(client, "1");
    devserver_wait(HTTP, "requests=1");
    hookrail_call_free(call);
    devserver_wait(HTTP, "max_open_connections=0");
    hookrail_client_free(client);
}

static void test_a_call_outlives_its_client(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = start_send(client, "1");
    hookrail_client_free(client);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
}

static void test_bad_arguments_are_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    hookrail_cancel *cancel = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    REFUSES("client", hookrail_call_send(NULL, TEXT("t"), TEXT("1"), NULL, &call, &error));
    REFUSES("out", hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, NULL, &error));
    REFUSES("topic", hookrail_call_send(client, NULL, 1, TEXT("1"), NULL, &call, &error));
    REFUSES("JSON", hookrail_call_send(client, TEXT("t"), TEXT("{"), NULL, &call, &error));
    REFUSES("cancel", hookrail_call_send(client, TEXT("t"), TEXT("1"), options, &call, &error));
    REFUSES("client", hookrail_call_send_prepared(NULL, TEXT("x"), 0, &call, &error));
    REFUSES("blob", hookrail_call_send_prepared(client, NULL, 1, 0, &call, &error));
    REFUSES("client", hookrail_call_get_event(NULL, TEXT("E1"), 0, &call, &error));
    REFUSES("event id", hookrail_call_get_event(client, NULL, 0, 0, &call, &error));
    REFUSES("call", hookrail_call_wait(NULL, 0, &error));
    REFUSES("call", hookrail_call_finish_send(NULL, &accepted, &error));
    REFUSES("call", hookrail_call_finish_get_event(NULL, &status, &error));
    CHECK(call == NULL);
    CHECK_INT(hookrail_call_fd(NULL), -1);
    hookrail_call_cancel(NULL);
    hookrail_call_free(NULL);

    call = start_send(client, "1");
    REFUSES("", hookrail_call_finish_get_event(call, &status, &error));
    hookrail_call_free(call);
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

static void test_threads_end_after_their_calls(void)
{
    CHECK(threads_have_ended());
}

int main(void)
{
    RUN(test_a_call_sends);
    RUN(test_a_call_sends_a_prepared_event);
    RUN(test_a_failed_call_has_its_error);
    RUN(test_calls_do_not_queue_behind_each_other);
    RUN(test_the_descriptor_tells_of_the_end);
    RUN(test_a_signal_ends_a_wait_but_not_the_call);
    RUN(test_freeing_a_call_ends_it);
    RUN(test_a_call_outlives_its_client);
    RUN(test_bad_arguments_are_refused);
    RUN(test_threads_end_after_their_calls);
    return harness_end();
}
