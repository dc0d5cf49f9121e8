/* Handles that threads share. */
#include <pthread.h>
#include <stdint.h>

#include "fixture.h"
#include "harness.h"

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

    /* Each thread has its own error, whatever the others do. */
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

int main(void)
{
    RUN(test_threads_share_handles);
    RUN(test_threads_share_handles_through_tls);
    return harness_end();
}
