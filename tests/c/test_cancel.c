/* Cancels a call at every stage: from another thread and from a signal handler. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"

/* Far longer than cancelling takes, and far shorter than the timeouts that would end the call. */
#define AT_ONCE_MS 8000

static double milliseconds_between(const struct timespec *start, const struct timespec *end)
{
    return (double)(end->tv_sec - start->tv_sec) * 1e3
           + (double)(end->tv_nsec - start->tv_nsec) / 1e6;
}

static double milliseconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return milliseconds_between(start, &now);
}

static void pause_ms(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
}

static hookrail_cancel *new_token(void)
{
    hookrail_cancel *cancel = NULL;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    return cancel;
}

/* The condition that the firing thread waits for, and the time when it fired. */
struct plan {
    hookrail_cancel *cancel;
    /* Counts that the server must reach, or NULL. */
    const char *bounds;
    /* A listening socket that the first bytes of a request must reach, or -1. */
    int listener;
    /* A client that must be waiting for its retry, or NULL. */
    const hookrail_client *retrying;
    struct timespec fired;
};

static bool retries(const hookrail_client *client)
{
    char json[1024];
    return hookrail_client_stats(client, json, sizeof json, NULL, NULL) == HOOKRAIL_OK
           && strstr(json, "\"retries\":{\"rate_limited\":1}") != NULL;
}

static int accept_first_bytes(int listener)
{
    struct pollfd input = {accept(listener, NULL, NULL), POLLIN, 0};
    poll(&input, 1, -1);
    return input.fd;
}

static void *fire(void *argument)
{
    struct plan *plan = argument;
    int connection = -1;
    if (plan->bounds != NULL) {
        devserver_wait(HTTP, plan->bounds);
    }
    if (plan->listener >= 0) {
        connection = accept_first_bytes(plan->listener);
    }
    for (int left = 60000; left > 0 && plan->retrying != NULL && !retries(plan->retrying); left--) {
        pause_ms(1);
    }
    /* No sign outside the call shows when it has begun to wait. */
    pause_ms(30);
    clock_gettime(CLOCK_MONOTONIC, &plan->fired);
    hookrail_cancel_fire(plan->cancel);
    /* An early end of the connection would end the call, too. */
    pause_ms(30);
    if (connection >= 0) {
        close(connection);
    }
    return NULL;
}

/* Sends an event, is cancelled, and checks the result. */
static void check_cancelled_send(const char *stage, const hookrail_client *client, size_t length,
                                 const char *bounds, int listener, hookrail_outcome outcome)
{
    /* The outcome depends on the service's answer, so the answer must have arrived. */
    bool is_refused = outcome == HOOKRAIL_OUTCOME_REJECTED;
    struct plan plan = {new_token(), bounds, listener, is_refused ? client : NULL, {0, 0}};
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_cancel(options, plan.cancel, NULL), HOOKRAIL_OK);
    char *payload = malloc(length);
    REQUIRE(payload != NULL);
    /* A short number after long white space: a number with so many digits is refused. */
    memset(payload, ' ', length);
    payload[length - 1] = '1';
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, fire, &plan) == 0);

    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), payload, length, options, &accepted, &error),
              HOOKRAIL_CANCELLED);
    struct timespec returned;
    clock_gettime(CLOCK_MONOTONIC, &returned);
    pthread_join(thread, NULL);
    double took = milliseconds_between(&plan.fired, &returned);
    printf("# cancelled while %s: returned after %.1f ms\n", stage, took);
    CHECK(took < AT_ONCE_MS);
    CHECK(accepted == NULL);
    CHECK_INT(hookrail_error_outcome(error), outcome);
    CHECK(hookrail_error_idempotency_key(error) != NULL);
    CHECK(hookrail_cancel_is_fired(plan.cancel));

    hookrail_error_free(error);
    free(payload);
    hookrail_send_options_free(options);
    hookrail_cancel_free(plan.cancel);
}

/* Returns a listening socket that accepts no connection; sets `url` to its URL. */
static int listen_silently(const char *scheme, int backlog, char *url, size_t size)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(fd, backlog) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    snprintf(url, size, "%s://127.0.0.1:%d", scheme, ntohs(address.sin_port));
    return fd;
}

static hookrail_client *client_for(const char *url)
{
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_payload_limit(options, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_connect_timeout_ms(options, 30000, NULL), HOOKRAIL_OK);
    hookrail_client *client = NULL;
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT(url), options, &client, NULL), HOOKRAIL_OK);
    hookrail_client_options_free(options);
    return client;
}

static void test_a_fired_token_sends_nothing(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_cancel *cancel = new_token();
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK(!hookrail_cancel_is_fired(cancel));
    hookrail_cancel_fire(cancel);
    hookrail_cancel_fire(cancel);
    CHECK(hookrail_cancel_is_fired(cancel));
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);

    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, &error),
              HOOKRAIL_CANCELLED);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK_INT(hookrail_error_attempts(error), 0);
    hookrail_error_free(error);
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), cancel, 0, &status, NULL), HOOKRAIL_CANCELLED);
    CHECK_INT(devserver_count(HTTP, "connections"), 0);

    /* Without the token the options work as before. */
    CHECK_INT(hookrail_send_options_set_cancel(options, NULL, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, NULL),
              HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

static void test_while_waiting_for_the_answer(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    check_cancelled_send("waiting for the answer", client, 1, "requests=1", -1,
                         HOOKRAIL_OUTCOME_MAYBE_SENT);
    /* The next call does not get the connection of the cancelled one. */
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void test_while_the_answer_dribbles(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"dribble\":{\"bytes\":1,\"interval_ms\":200}}]");
    check_cancelled_send("the answer dribbles", client, 1, "requests=1", -1,
                         HOOKRAIL_OUTCOME_MAYBE_SENT);
    hookrail_client_free(client);
}

static void test_while_waiting_to_retry(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(
        HTTP, "[{\"status\":429,\"headers\":{\"Retry-After\":\"20\"},\"times\":\"always\"}]");
    check_cancelled_send("waiting to retry", client, 1, "finished=1", -1,
                         HOOKRAIL_OUTCOME_REJECTED);
    hookrail_client_free(client);
}

static void test_while_connecting(void)
{
    char url[64];
    int listener = listen_silently("http", 0, url, sizeof url);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    /* The kernel answers no connection attempt while the accept queue is full. */
    int fillers[4];
    for (size_t i = 0; i < 4; i++) {
        struct timeval a_moment = {0, 50000};
        fillers[i] = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(fillers[i], SOL_SOCKET, SO_SNDTIMEO, &a_moment, sizeof a_moment);
        (void)connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    hookrail_client *client = client_for(url);
    check_cancelled_send("connecting", client, 1, NULL, -1, HOOKRAIL_OUTCOME_NOT_SENT);
    hookrail_client_free(client);
    for (size_t i = 0; i < 4; i++) {
        close(fillers[i]);
    }
    close(listener);
}

static void test_while_negotiating_tls(void)
{
    char url[64];
    int listener = listen_silently("https", 8, url, sizeof url);
    hookrail_client *client = client_for(url);
    check_cancelled_send("negotiating TLS", client, 1, NULL, listener, HOOKRAIL_OUTCOME_NOT_SENT);
    hookrail_client_free(client);
    close(listener);
}

static void test_while_writing(void)
{
    char url[64];
    int listener = listen_silently("http", 8, url, sizeof url);
    hookrail_client *client = client_for(url);
    /* More than the kernel buffers. */
    check_cancelled_send("writing", client, 32 * 1024 * 1024, NULL, listener,
                         HOOKRAIL_OUTCOME_NOT_SENT);
    hookrail_client_free(client);
    close(listener);
}

static void test_while_asking(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"match\":{\"method\":\"GET\"},\"never_answer\":true}]");
    struct plan plan = {new_token(), "requests=1", -1, NULL, {0, 0}};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, fire, &plan) == 0);
    hookrail_event_status *status = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), plan.cancel, 0, &status, &error),
              HOOKRAIL_CANCELLED);
    pthread_join(thread, NULL);
    CHECK(milliseconds_since(&plan.fired) < AT_ONCE_MS);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NONE);
    hookrail_error_free(error);
    hookrail_cancel_free(plan.cancel);
    hookrail_client_free(client);
}

static hookrail_cancel *volatile token_of_handler;

static void fire_token(int number)
{
    (void)number;
    hookrail_cancel_fire(token_of_handler);
}

static void test_from_a_signal_handler(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    hookrail_cancel *cancel = new_token();
    token_of_handler = cancel;
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    struct sigaction action;
    struct sigaction before;
    memset(&action, 0, sizeof action);
    action.sa_handler = fire_token;
    CHECK(sigaction(SIGALRM, &action, &before) == 0);
    const struct itimerval once = {{0, 0}, {0, 100000}};
    CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);

    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, NULL),
              HOOKRAIL_CANCELLED);
    CHECK(milliseconds_since(&start) < AT_ONCE_MS);
    CHECK(hookrail_cancel_is_fired(cancel));

    sigaction(SIGALRM, &before, NULL);
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

static void test_a_token_may_be_freed_while_options_hold_it(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_cancel *cancel = new_token();
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    hookrail_cancel_free(cancel);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, NULL),
              HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_send_options_free(options);
    hookrail_client_free(client);
}

struct asker {
    const hookrail_client *client;
    const hookrail_cancel *cancel;
    hookrail_status status;
};

static void *ask(void *argument)
{
    struct asker *asker = argument;
    hookrail_event_status *status = NULL;
    asker->status = hookrail_get_event(asker->client, TEXT("E1"), asker->cancel, 0, &status, NULL);
    return NULL;
}

static void test_one_token_ends_many_calls(void)
{
    enum { CALLS = 4 };
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(
        HTTP, "[{\"match\":{\"method\":\"GET\"},\"never_answer\":true,\"times\":\"always\"}]");
    hookrail_cancel *cancel = new_token();
    struct asker askers[CALLS];
    pthread_t threads[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        askers[i].client = client;
        askers[i].cancel = cancel;
        askers[i].status = HOOKRAIL_OK;
        REQUIRE(pthread_create(&threads[i], NULL, ask, &askers[i]) == 0);
    }
    devserver_wait(HTTP, "requests=4");
    hookrail_cancel_fire(cancel);
    for (size_t i = 0; i < CALLS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(askers[i].status, HOOKRAIL_CANCELLED);
    }
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_a_fired_token_sends_nothing);
    RUN(test_while_waiting_for_the_answer);
    RUN(test_while_the_answer_dribbles);
    RUN(test_while_waiting_to_retry);
    RUN(test_while_connecting);
    RUN(test_while_negotiating_tls);
    RUN(test_while_writing);
    RUN(test_while_asking);
    RUN(test_from_a_signal_handler);
    RUN(test_a_token_may_be_freed_while_options_hold_it);
    RUN(test_one_token_ends_many_calls);
    return harness_end();
}
