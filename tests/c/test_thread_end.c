/* Calls while a thread or a process ends: destructors and exit handlers that send, and
 * pthread_cancel() of a thread that waits in the library. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"
#include "fixture.h"
#include "harness.h"

static pthread_key_t key;
static hookrail_status sent_by_destructor;
static hookrail_client *client_of_handler;

static void send_as_destructor(void *client)
{
    sent_by_destructor = send_simple(client, "2");
}

static void *send_and_leave_a_value(void *client)
{
    CHECK_INT(pthread_setspecific(key, client), 0);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    return NULL;
}

static void check_destructor(enum server server)
{
    hookrail_client *client = new_client(server);
    sent_by_destructor = HOOKRAIL_INTERNAL;
    pthread_t thread;
    REQUIRE(pthread_key_create(&key, send_as_destructor) == 0);
    REQUIRE(pthread_create(&thread, NULL, send_and_leave_a_value, client) == 0);
    REQUIRE(pthread_join(thread, NULL) == 0);
    CHECK_INT(pthread_key_delete(key), 0);
    CHECK_INT(sent_by_destructor, HOOKRAIL_OK);
    CHECK_INT(devserver_count(server, "events"), 2);
    hookrail_client_free(client);
}

static void test_a_thread_sends_in_the_destructor_of_a_value(void)
{
    check_destructor(HTTP);
    check_destructor(HTTPS);
}

static void send_and_exit(void)
{
    bool has_sent = send_simple(client_of_handler, "2") == HOOKRAIL_OK;
    hookrail_client_free(client_of_handler);
    _exit(has_sent ? 0 : 1);
}

static void test_an_exit_handler_sends(void)
{
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        client_of_handler = new_client(HTTP);
        if (atexit(send_and_exit) == 0 && send_simple(client_of_handler, "1") == HOOKRAIL_OK) {
            exit(2);
        }
        _exit(3);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_INT(devserver_count(HTTP, "events"), 2);
}

/* A wait of a thread that is cancelled, and the end of the wait. */
struct wait {
    hookrail_client *client;
    hookrail_call *call;
    hookrail_cancel *token;
    void (*begin)(struct wait *wait);
    hookrail_status status;
};

static void wait_for_answer(struct wait *wait)
{
    hookrail_accepted *accepted = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_cancel(options, wait->token, NULL), HOOKRAIL_OK);
    wait->status =
        hookrail_send_event(wait->client, TEXT("t"), TEXT("1"), options, &accepted, NULL);
    hookrail_send_options_free(options);
}

static void wait_for_completions(struct wait *wait)
{
    hookrail_completion completion;
    size_t count = 0;
    wait->status = hookrail_poll(wait->client, &completion, sizeof completion, 1, -1, &count, NULL);
}

static void wait_for_call(struct wait *wait)
{
    wait->status = hookrail_call_wait(wait->call, -1, NULL);
}

static void *wait_and_be_cancelled(void *wait)
{
    ((struct wait *)wait)->begin(wait);
    pthread_testcancel();
    return wait;
}

/* The wait continues until `end`; the thread returns from the library, and only then ends. */
static void check_cancelled_thread(struct wait *wait, void (*end)(struct wait *wait),
                                   hookrail_status expected)
{
    pthread_t thread;
    void *result = NULL;
    REQUIRE(pthread_create(&thread, NULL, wait_and_be_cancelled, wait) == 0);
    if (wait->begin == wait_for_answer) {
        devserver_wait(HTTP, "requests=1");
    }
    CHECK_INT(pthread_cancel(thread), 0);
    end(wait);
    REQUIRE(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_INT(wait->status, expected);
}

static void fire(struct wait *wait)
{
    hookrail_cancel_fire(wait->token);
}

static void wake_up(struct wait *wait)
{
    hookrail_wakeup(wait->client);
}

static void cancel_call(struct wait *wait)
{
    hookrail_call_cancel(wait->call);
}

static void test_a_thread_is_cancelled_once_it_has_left_the_library(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_cancel *token = NULL;
    REQUIRE(hookrail_cancel_new(&token, NULL) == HOOKRAIL_OK);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    struct wait sending = {client, NULL, token, wait_for_answer, HOOKRAIL_INTERNAL};
    check_cancelled_thread(&sending, fire, HOOKRAIL_CANCELLED);
    struct wait polling = {client, NULL, NULL, wait_for_completions, HOOKRAIL_INTERNAL};
    check_cancelled_thread(&polling, wake_up, HOOKRAIL_INTERRUPTED);
    struct wait calling = {client, NULL, NULL, wait_for_call, HOOKRAIL_INTERNAL};
    REQUIRE(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &calling.call, NULL)
            == HOOKRAIL_OK);
    check_cancelled_thread(&calling, cancel_call, HOOKRAIL_OK);
    hookrail_call_free(calling.call);
    hookrail_cancel_free(token);
    hookrail_client_free(client);
    CHECK(threads_have_ended());
}

static void let_cancel(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

static void hold_off(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

/* Calls every function while a cancellation is pending, and allows it only inside the functions. */
static void *call_every_function(void *calls)
{
    hold_off();
    abi_set_up();
    CHECK_INT(pthread_cancel(pthread_self()), 0);
    abi_before_call = let_cancel;
    abi_after_call = hold_off;
    const struct abi_case *run;
    for (size_t index = 0; (run = abi_case_at(index)) != NULL; index++) {
        abi_run(run, NULL, AS_IS);
        ++*(size_t *)calls;
    }
    abi_before_call = NULL;
    abi_after_call = NULL;
    abi_tear_down();
    return calls;
}

static void test_no_function_is_where_a_thread_is_cancelled(void)
{
    size_t calls = 0;
    pthread_t thread;
    void *result = NULL;
    devserver_reset(HTTP);
    REQUIRE(pthread_create(&thread, NULL, call_every_function, &calls) == 0);
    REQUIRE(pthread_join(thread, &result) == 0);
    CHECK(result == &calls);
    CHECK(calls > 100);
    CHECK(threads_have_ended());
}

int main(void)
{
    RUN(test_a_thread_sends_in_the_destructor_of_a_value);
    RUN(test_an_exit_handler_sends);
    RUN(test_a_thread_is_cancelled_once_it_has_left_the_library);
    RUN(test_no_function_is_where_a_thread_is_cancelled);
    return harness_end();
}
