/* Sends that a signal interrupts. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

/* The result of a send. */
struct sent {
    hookrail_status status;
    hookrail_accepted *accepted;
    hookrail_call *call;
};

static struct sent send_one(const hookrail_client *client)
{
    struct sent sent = {HOOKRAIL_OK, NULL, NULL};
    sent.status = hookrail_send_event_interruptible(client, TEXT("t"), TEXT("1"), NULL,
                                                    &sent.accepted, &sent.call, NULL);
    return sent;
}

static void ignore_signal(int number)
{
    (void)number;
}

/* Sends while signals come again and again: one that comes before the wait has no effect. */
static struct sent send_under_signals(const hookrail_client *client)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ignore_signal;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    const struct itimerval soon_and_again = {{0, 20000}, {0, 20000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &soon_and_again, NULL) == 0);
    struct sent sent = send_one(client);
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    action.sa_handler = SIG_IGN;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    return sent;
}

static void test_without_a_signal_it_sends(void)
{
    hookrail_client *client = new_client(HTTP);
    for (int number = 0; number < 3; number++) {
        struct sent sent = send_one(client);
        CHECK_INT(sent.status, HOOKRAIL_OK);
        CHECK(sent.call == NULL);
        CHECK_INT(strlen(hookrail_accepted_event_id(sent.accepted)), 26);
        hookrail_accepted_free(sent.accepted);
    }
    devserver_wait(HTTP, "requests=3");
    hookrail_client_free(client);
}

static void test_a_failed_send_has_its_error(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":401}]");
    struct sent sent = send_one(client);
    CHECK_INT(sent.status, HOOKRAIL_AUTHENTICATION);
    CHECK(sent.accepted == NULL);
    CHECK(sent.call == NULL);
    hookrail_client_close(client, 0, NULL, NULL);
    CHECK_INT(send_one(client).status, HOOKRAIL_CLOSED);
    hookrail_client_free(client);
}

static void test_after_a_signal_the_send_goes_on_in_the_background(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"delay_ms\":3000}]");
    struct sent sent = send_under_signals(client);
    REQUIRE(sent.status == HOOKRAIL_INTERRUPTED);
    CHECK(sent.accepted == NULL);
    CHECK_INT(hookrail_call_finish_send(sent.call, &sent.accepted, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_accepted_attempts(sent.accepted), 1);
    devserver_wait(HTTP, "requests=1");
    hookrail_accepted_free(sent.accepted);
    hookrail_call_free(sent.call);
    hookrail_client_free(client);
}

static void test_after_a_signal_the_send_still_tries_again(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"status\":503,\"headers\":{\"Retry-After\":\"1\"}}]");
    struct sent sent = send_under_signals(client);
    REQUIRE(sent.status == HOOKRAIL_INTERRUPTED);
    CHECK_INT(hookrail_call_finish_send(sent.call, &sent.accepted, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_accepted_attempts(sent.accepted), 2);
    hookrail_accepted_free(sent.accepted);
    hookrail_call_free(sent.call);
    hookrail_client_free(client);
}

static void test_freeing_the_call_ends_an_interrupted_send(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    struct sent sent = send_under_signals(client);
    REQUIRE(sent.status == HOOKRAIL_INTERRUPTED);
    hookrail_call_free(sent.call);
    devserver_wait(HTTP, "max_open_connections=0");
    hookrail_client_free(client);
}

static void test_without_a_descriptor_for_the_background_signals_have_no_effect(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted_free(send_one(client).accepted);
    devserver_set_faults(HTTP, "[{\"delay_ms\":500}]");
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    /* poll() refuses more descriptors than the limit. */
    const struct rlimit none = {3, limit.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    struct sent sent = send_under_signals(client);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    REQUIRE(sent.status == HOOKRAIL_OK);
    CHECK(sent.call == NULL);
    CHECK_INT(hookrail_accepted_attempts(sent.accepted), 1);
    hookrail_accepted_free(sent.accepted);
    hookrail_client_free(client);
}

static void test_it_sends_a_prepared_event(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_call *call = NULL;
    CHECK_INT(hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, &prepared, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_send_prepared_interruptible(client, hookrail_prepared_blob(prepared),
                                                   hookrail_prepared_blob_len(prepared), 0,
                                                   &accepted, &call, NULL),
              HOOKRAIL_OK);
    CHECK_STR(hookrail_accepted_idempotency_key(accepted),
              hookrail_prepared_idempotency_key(prepared));
    hookrail_accepted_free(accepted);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
}

static void test_bad_arguments_are_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted *out = NULL;
    hookrail_call *call = NULL;
    hookrail_cancel *cancel = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    REFUSES("JSON", hookrail_send_event_interruptible(client, TEXT("t"), TEXT("{"), NULL, &out,
                                                      &call, &error));
    REFUSES("cancel", hookrail_send_event_interruptible(client, TEXT("t"), TEXT("1"), options, &out,
                                                        &call, &error));
    REFUSES("call", hookrail_send_event_interruptible(client, TEXT("t"), TEXT("1"), NULL, &out,
                                                      NULL, &error));
    CHECK_INT(hookrail_send_prepared_interruptible(client, TEXT("x"), 0, &out, &call, NULL),
              HOOKRAIL_DAMAGED_BLOB);
    CHECK(out == NULL && call == NULL);
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_without_a_signal_it_sends);
    RUN(test_a_failed_send_has_its_error);
    RUN(test_after_a_signal_the_send_goes_on_in_the_background);
    RUN(test_after_a_signal_the_send_still_tries_again);
    RUN(test_freeing_the_call_ends_an_interrupted_send);
    RUN(test_without_a_descriptor_for_the_background_signals_have_no_effect);
    RUN(test_it_sends_a_prepared_event);
    RUN(test_bad_arguments_are_refused);
    return harness_end();
}
