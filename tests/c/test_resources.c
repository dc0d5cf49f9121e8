/* A process that may open no more descriptors and start no more threads. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "completions.h"
#include "fixture.h"
#include "harness.h"

static struct rlimit allowed;

static void forbid(int resource, rlim_t most)
{
    REQUIRE(getrlimit(resource, &allowed) == 0);
    struct rlimit limit = {most, allowed.rlim_max};
    REQUIRE(setrlimit(resource, &limit) == 0);
}

static void allow(int resource)
{
    REQUIRE(setrlimit(resource, &allowed) == 0);
}

static void check_shortage(hookrail_status status, hookrail_error *error, hookrail_outcome outcome,
                           const char *what, const char *where)
{
    CHECK_INT(status, HOOKRAIL_OUT_OF_RESOURCES);
    CHECK_INT(hookrail_error_status(error), HOOKRAIL_OUT_OF_RESOURCES);
    CHECK_INT(hookrail_error_outcome(error), outcome);
    CHECK(hookrail_error_retryable(error));
    CHECK_CONTAINS(hookrail_error_message(error), what);
    CHECK_CONTAINS(hookrail_error_message(error), where);
    hookrail_error_free(error);
}

/* Sends an event; its attempts fail in this way. */
static void check_failed_send(hookrail_client *client, const char *what, const char *where)
{
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    const hookrail_error *cause = hookrail_error_cause(error);
    CHECK_INT(hookrail_error_status(cause), HOOKRAIL_OUT_OF_RESOURCES);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK_CONTAINS(hookrail_error_message(cause), what);
    CHECK_CONTAINS(hookrail_error_message(cause), where);
    hookrail_error_free(error);
}

static void check_delivered(hookrail_client *client)
{
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.status, HOOKRAIL_OK);
    free_completion(&completion);
}

static void test_no_descriptors(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_cancel *cancel = NULL;
    hookrail_call *call = NULL;
    hookrail_error *errors[3] = {NULL, NULL, NULL};
    forbid(RLIMIT_NOFILE, 0);
    hookrail_status submitted =
        hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, &errors[0]);
    hookrail_status started =
        hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, &errors[1]);
    hookrail_status made = hookrail_cancel_new(&cancel, &errors[2]);
    check_failed_send(client, "socket for the connection", "RLIMIT_NOFILE");
    allow(RLIMIT_NOFILE);
    check_shortage(submitted, errors[0], HOOKRAIL_OUTCOME_NOT_SENT, "queue", "RLIMIT_NOFILE");
    check_shortage(started, errors[1], HOOKRAIL_OUTCOME_NOT_SENT, "call", "RLIMIT_NOFILE");
    check_shortage(made, errors[2], HOOKRAIL_OUTCOME_NONE, "cancel token", "RLIMIT_NOFILE");
    CHECK(cancel == NULL && call == NULL);

    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, NULL),
              HOOKRAIL_OK);
    check_delivered(client);
    hookrail_client_free(client);
    CHECK(threads_have_ended());
}

static void *nothing(void *unused)
{
    return unused;
}

/* The limit on threads is per user, and does not hold for root: root becomes a user without
 * other processes. */
static void become_somebody(void)
{
    if (geteuid() == 0) {
        uid_t user = 1000000000 + (uid_t)getpid();
        REQUIRE(setgid(65534) == 0 && setuid(user) == 0);
    }
}

static void test_no_threads(void)
{
    hookrail_client *client = new_client(HTTP);
    become_somebody();
    forbid(RLIMIT_NPROC, 1);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, nothing, NULL) != 0);
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, &error);
    check_shortage(status, error, HOOKRAIL_OUTCOME_NOT_SENT, "thread", "RLIMIT_NPROC");
    error = NULL;
    hookrail_call *call = NULL;
    status = hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, &error);
    check_shortage(status, error, HOOKRAIL_OUTCOME_NOT_SENT, "thread", "RLIMIT_NPROC");
    size_t queued = 1;
    CHECK_INT(hookrail_pending(client, &queued, NULL, NULL, NULL), HOOKRAIL_OK);
    CHECK_INT(queued, 0);
    /* A blocking send to an address needs no thread. */
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    allow(RLIMIT_NPROC);

    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, NULL),
              HOOKRAIL_OK);
    check_delivered(client);
    hookrail_client_free(client);
    CHECK(threads_have_ended());
}

int main(void)
{
    RUN(test_no_descriptors);
    /* The last test: afterwards the process belongs to another user. */
    RUN(test_no_threads);
    return harness_end();
}
