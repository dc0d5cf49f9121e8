/* Calls from threads with a small stack. docs/abi.md says how much they need. */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "completions.h"

/* The stack that is enough for every call, as docs/abi.md says. */
#define DOCUMENTED ((size_t)64 * 1024)

#define PATTERN '\xa5'
#define SECRET "whsec_stack"
#define NOW INT64_C(1781092800)

/* A payload with the deepest nesting. */
enum { DEPTH = 512 };
static char nested[2 * DEPTH + 1];

static hookrail_client *client;
static hookrail_client *tls_client;

static bool send_plain(void)
{
    return send_simple(client, "{}") == HOOKRAIL_OK;
}

static bool send_nested(void)
{
    return send_simple(client, nested) == HOOKRAIL_OK;
}

/* With a handshake: the connection is the client's first. */
static bool send_through_tls(void)
{
    return send_simple(tls_client, "{}") == HOOKRAIL_OK;
}

static bool make_client(void)
{
    hookrail_client *made = NULL;
    hookrail_status status =
        hookrail_client_new(TEXT(API_KEY), TEXT("https://example.com"), NULL, &made, NULL);
    hookrail_client_free(made);
    return status == HOOKRAIL_OK;
}

static bool ask(void)
{
    hookrail_event_status *status = NULL;
    return hookrail_get_event(client, TEXT("E1"), NULL, 0, &status, NULL) == HOOKRAIL_NOT_FOUND;
}

static bool fail_to_connect(void)
{
    hookrail_client *unlucky = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client_new(TEXT(API_KEY), TEXT(refusing_url()), options, &unlucky, NULL);
    hookrail_status status =
        hookrail_send_event(unlucky, TEXT("t"), TEXT("1"), NULL, &accepted, &error);
    hookrail_error_free(error);
    hookrail_client_free(unlucky);
    hookrail_client_options_free(options);
    return status == HOOKRAIL_RETRIES_EXHAUSTED;
}

static bool submit_and_poll(void)
{
    hookrail_completion completion;
    size_t count = 0;
    bool right = submit(client, "1", 1, NULL) == HOOKRAIL_OK
                 && hookrail_poll(client, &completion, sizeof completion, 1, LONG_MS, &count, NULL)
                        == HOOKRAIL_OK
                 && count == 1;
    if (right) {
        free_completion(&completion);
    }
    return right;
}

static bool call_beside(void)
{
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    bool right = hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK
                 && hookrail_call_finish_send(call, &accepted, NULL) == HOOKRAIL_OK;
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    return right;
}

static bool verify(void)
{
    char header[128];
    const char *secrets[] = {SECRET};
    const size_t lengths[] = {strlen(SECRET)};
    return hookrail_sign(TEXT(SECRET), NOW, TEXT("D1"), TEXT("{}"), header, sizeof header, NULL,
                         NULL)
               == HOOKRAIL_OK
           && hookrail_verify_signature(secrets, lengths, 1, TEXT(header), TEXT("D1"), TEXT("{}"),
                                        300, NOW)
                  == HOOKRAIL_OK;
}

static bool explain(void)
{
    static char text[65536];
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    hookrail_verifier_options_add_secret(options, TEXT(SECRET), NULL);
    hookrail_status status =
        hookrail_explain_signature(options, TEXT("t=1,v1=00"), TEXT("D1"), NULL, 0, TEXT(nested),
                                   NOW, text, sizeof text, NULL, NULL);
    hookrail_verifier_options_free(options);
    return status == HOOKRAIL_OK;
}

static const struct {
    const char *name;
    bool (*work)(void);
} kinds[] = {
    {"a send", send_plain},
    {"a send of a nested payload", send_nested},
    {"a send through TLS with a handshake", send_through_tls},
    {"a send through TLS", send_through_tls},
    {"making a client with the platform's certificates", make_client},
    {"a question", ask},
    {"a send that fails", fail_to_connect},
    {"submit and poll", submit_and_poll},
    {"a call beside the thread", call_beside},
    {"verifying", verify},
    {"explaining", explain},
};

struct job {
    bool (*work)(void);
    bool right;
};

static void *run(void *argument)
{
    struct job *job = argument;
    job->right = job->work();
    return NULL;
}

/* Runs the work in a thread with a stack of this size; returns the number of touched bytes. */
static size_t run_with_stack(bool (*work)(void), size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *stack =
        mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct job job = {work, false};
    pthread_attr_t attributes;
    pthread_t thread;
    if (stack == MAP_FAILED || mprotect(stack, page, PROT_NONE) != 0
        || pthread_attr_init(&attributes) != 0
        || pthread_attr_setstack(&attributes, stack + page, size) != 0) {
        printf("# the test cannot go on: no memory for a stack\n");
        exit(2);
    }
    memset(stack + page, PATTERN, size);
    CHECK_INT(pthread_create(&thread, &attributes, run, &job), 0);
    pthread_join(thread, NULL);
    CHECK(job.right);
    size_t untouched = 0;
    while (untouched < size && stack[page + untouched] == PATTERN) {
        untouched++;
    }
    munmap(stack, page + size);
    return size - untouched;
}

static void test_a_stack_of_the_documented_size_is_enough(void)
{
    /* glibc for aarch64 refuses threads with less than 128 KiB. */
    long least = sysconf(_SC_THREAD_STACK_MIN);
    size_t size = least > (long)DOCUMENTED ? (size_t)least : DOCUMENTED;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t touched = run_with_stack(kinds[i].work, size);
        printf("# %s takes %zu KiB of stack\n", kinds[i].name, (touched + 1023) / 1024);
        CHECK(touched <= DOCUMENTED);
    }
}

int main(void)
{
    memset(nested, '[', DEPTH);
    memset(nested + DEPTH, ']', DEPTH);
    client = new_client(HTTP);
    tls_client = new_client(HTTPS);
    RUN(test_a_stack_of_the_documented_size_is_enough);
    hookrail_client_free(tls_client);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
    CHECK(threads_have_ended());
    return harness_end();
}
