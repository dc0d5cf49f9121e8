/* Handles that threads share. */
#include <pthread.h>
#include <stdint.h>

#include "completions.h"

#define THREADS 16
#define ROUNDS 50

#define SECRET "whsec_shared"
#define NOW INT64_C(1781092800)

struct shared {
    const hookrail_client *client;
    const hookrail_verifier *verifier;
    const hookrail_send_options *options;
};

struct worker {
    const struct shared *shared;
    int number;
    int wrong;
};

static void count_wrong(struct worker *worker, bool right)
{
    if (!right) {
        worker->wrong++;
    }
}

static void send_and_ask(struct worker *worker)
{
    const hookrail_client *client = worker->shared->client;
    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    hookrail_error *error = NULL;
    count_wrong(worker, hookrail_send_event(client, TEXT("t"), TEXT("{}"), worker->shared->options,
                                            &accepted, NULL)
                            == HOOKRAIL_OK);
    const char *event_id = hookrail_accepted_event_id(accepted);
    count_wrong(worker,
                hookrail_get_event(client, TEXT(event_id), NULL, 0, &status, NULL) == HOOKRAIL_OK);
    count_wrong(worker, strcmp(hookrail_event_status_event_id(status), event_id) == 0);
    hookrail_event_status_free(status);
    hookrail_accepted_free(accepted);
    accepted = NULL;

    /* Each thread gets its own error. */
    char topic[32];
    snprintf(topic, sizeof topic, "%d\n", worker->number);
    count_wrong(worker,
                hookrail_send_event(client, TEXT(topic), TEXT("{}"), NULL, &accepted, &error)
                    == HOOKRAIL_INVALID_ARGUMENT);
    char offset[32];
    snprintf(offset, sizeof offset, "byte offset %d", worker->number < 10 ? 1 : 2);
    count_wrong(worker, strstr(hookrail_error_message(error), offset) != NULL);
    hookrail_error_free(error);
}

static void sign_and_verify(struct worker *worker)
{
    char header[128];
    char body[32];
    int64_t signed_at = 0;
    snprintf(body, sizeof body, "{\"thread\":%d}", worker->number);
    count_wrong(worker, hookrail_sign(TEXT(SECRET), NOW, TEXT("D1"), TEXT(body), header,
                                      sizeof header, NULL, NULL)
                            == HOOKRAIL_OK);
    count_wrong(worker, hookrail_verifier_verify(worker->shared->verifier, TEXT(header), TEXT("D1"),
                                                 TEXT(body), NOW, NULL, &signed_at, NULL, NULL)
                            == HOOKRAIL_OK);
    count_wrong(worker, signed_at == NOW);
    count_wrong(worker, hookrail_verifier_verify(worker->shared->verifier, TEXT(header), TEXT("D2"),
                                                 TEXT(body), NOW, NULL, NULL, NULL, NULL)
                            == HOOKRAIL_SIGNATURE_MISMATCH);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < ROUNDS; i++) {
        send_and_ask(worker);
        sign_and_verify(worker);
    }
    return NULL;
}

static void check_shared(enum server server)
{
    hookrail_client *client = new_client(server);
    hookrail_cancel *cancel = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_verifier_options *verifier_options = hookrail_verifier_options_new();
    hookrail_verifier *verifier = NULL;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verifier_options_add_secret(verifier_options, TEXT(SECRET), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_verifier_new(verifier_options, &verifier, NULL), HOOKRAIL_OK);
    hookrail_verifier_options_free(verifier_options);

    const struct shared shared = {client, verifier, options};
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i].shared = &shared;
        workers[i].number = i;
        workers[i].wrong = 0;
        REQUIRE(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(workers[i].wrong, 0);
    }
    CHECK_INT(devserver_count(server, "events"), THREADS * ROUNDS);
    CHECK_INT(devserver_count(server, "distinct_keys"), THREADS * ROUNDS);
    CHECK_INT(devserver_count(server, "requests"), 2 * THREADS * ROUNDS);
    CHECK(devserver_count(server, "connections") <= THREADS);

    hookrail_verifier_free(verifier);
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

static void test_threads_share_handles(void)
{
    check_shared(HTTP);
}

static void test_threads_share_handles_through_tls(void)
{
    check_shared(HTTPS);
}

/* Runs the work in all threads at the same time, each with its own argument. */
static void run_in_threads(void *(*work)(void *), void *arguments, size_t size)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, work, (char *)arguments + i * size) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

struct submitter {
    const hookrail_client *client;
    uint64_t first_tag;
    uint64_t *collected;
    int wrong;
};

static bool collect_one(const struct submitter *submitter)
{
    hookrail_completion completion;
    size_t count = 0;
    bool right =
        hookrail_poll(submitter->client, &completion, sizeof completion, 1, LONG_MS, &count, NULL)
            == HOOKRAIL_OK
        && count == 1 && completion.status == HOOKRAIL_OK && completion.tag < THREADS * ROUNDS;
    if (right) {
        __atomic_add_fetch(&submitter->collected[completion.tag], 1, __ATOMIC_SEQ_CST);
        free_completion(&completion);
    }
    return right;
}

/* Each thread collects as many completions as it submits events; they may be those of others. */
static void *submit_and_collect(void *argument)
{
    struct submitter *submitter = argument;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        bool submitted =
            submit(submitter->client, "1", submitter->first_tag + i, NULL) == HOOKRAIL_OK;
        submitter->wrong += submitted && collect_one(submitter) ? 0 : 1;
    }
    return NULL;
}

static void test_threads_share_a_producer(void)
{
    hookrail_client *client = new_client(HTTP);
    uint64_t collected[THREADS * ROUNDS] = {0};
    struct submitter submitters[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        struct submitter submitter = {client, i * ROUNDS, collected, 0};
        submitters[i] = submitter;
    }
    run_in_threads(submit_and_collect, submitters, sizeof submitters[0]);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_INT(submitters[i].wrong, 0);
    }
    for (size_t i = 0; i < THREADS * ROUNDS; i++) {
        CHECK_INT(collected[i], 1);
    }
    check_pending(client, 0, 0, 0);
    CHECK_INT(devserver_count(HTTP, "events"), THREADS * ROUNDS);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
}

struct canceller {
    const hookrail_client *client;
    const hookrail_cancel *cancel;
    const hookrail_send_options *options;
    bool fires;
    hookrail_status status;
};

/* Half of the threads wait for an answer that never comes, until the others fire the token. */
static void *send_or_fire(void *argument)
{
    struct canceller *canceller = argument;
    hookrail_accepted *accepted = NULL;
    if (canceller->fires) {
        devserver_wait(HTTP, "requests=8");
        hookrail_cancel_fire(canceller->cancel);
        canceller->status =
            hookrail_cancel_is_fired(canceller->cancel) ? HOOKRAIL_CANCELLED : HOOKRAIL_OK;
    } else {
        canceller->status = hookrail_send_event(canceller->client, TEXT("t"), TEXT("1"),
                                                canceller->options, &accepted, NULL);
    }
    return NULL;
}

static void test_threads_share_a_token(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_cancel *cancel = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    struct canceller cancellers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        struct canceller canceller = {client, cancel, options, i % 2 == 0, HOOKRAIL_OK};
        cancellers[i] = canceller;
    }
    run_in_threads(send_or_fire, cancellers, sizeof cancellers[0]);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_INT(cancellers[i].status, HOOKRAIL_CANCELLED);
    }
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

struct waiter {
    const hookrail_call *call;
    bool cancels;
    hookrail_status status;
};

static void *wait_or_cancel(void *argument)
{
    struct waiter *waiter = argument;
    if (waiter->cancels) {
        devserver_wait(HTTP, "requests=1");
        hookrail_call_cancel(waiter->call);
    }
    waiter->status = hookrail_call_wait(waiter->call, LONG_MS, NULL);
    return NULL;
}

static void test_threads_share_a_call(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    REQUIRE(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK);
    struct waiter waiters[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        struct waiter waiter = {call, i % 2 == 0, HOOKRAIL_INTERNAL};
        waiters[i] = waiter;
    }
    run_in_threads(wait_or_cancel, waiters, sizeof waiters[0]);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_INT(waiters[i].status, HOOKRAIL_OK);
    }
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_CANCELLED);
    hookrail_call_free(call);
    hookrail_client_free(client);
    CHECK(threads_have_ended());
}

int main(void)
{
    RUN(test_threads_share_handles);
    RUN(test_threads_share_handles_through_tls);
    RUN(test_threads_share_a_producer);
    RUN(test_threads_share_a_token);
    RUN(test_threads_share_a_call);
    return harness_end();
}
