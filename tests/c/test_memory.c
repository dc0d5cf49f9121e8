/* No number from a caller or a server makes the library allocate much memory: sizes beyond a limit
 * are refused, and an announced size is not allocated. The child processes of these tests have
 * little more memory than they start with: allocating more aborts them. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "completions.h"
#include "guarded.h"
#include "sanitizer.h"

#define MIB ((size_t)1024 * 1024)
/* For small allocations, including those of threads. */
#define SPARE (64 * MIB)

/* Sanitizers reserve terabytes of addresses, so there can be no limit; the tests still check the
 * results. */
static bool limit_memory(void)
{
    if (HAS_ADDRESS_SANITIZER || HAS_THREAD_SANITIZER) {
        return true;
    }
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    bool known = file != NULL && fscanf(file, "%ld", &pages) == 1;
    if (file != NULL) {
        fclose(file);
    }
    rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + SPARE;
    const struct rlimit limit = {bytes, bytes};
    if (!known || setrlimit(RLIMIT_AS, &limit) != 0) {
        return false;
    }
    /* The limit must work. Compilers remove an unused allocation. */
    void *volatile too_much = malloc(2 * SPARE);
    return too_much == NULL;
}

/* Runs the body in a child process with little memory. */
static void check_in_child(bool (*body)(void))
{
    pid_t child = fork();
    if (child == 0) {
        _exit(limit_memory() && body() ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

static bool refuses_payloads(void)
{
    static const size_t lengths[] = {(size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX,
                                     SIZE_MAX / 2,        (size_t)1 << 40,         262145};
    hookrail_client *client = new_client_with(HTTP, new_options(HTTP));
    const char *nowhere = inaccessible();
    bool right = true;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t length = lengths[i];
        hookrail_status expected =
            length > (size_t)PTRDIFF_MAX ? HOOKRAIL_INVALID_ARGUMENT : HOOKRAIL_PAYLOAD_TOO_LARGE;
        hookrail_accepted *accepted = NULL;
        hookrail_prepared *prepared = NULL;
        hookrail_call *call = NULL;
        right =
            right
            && hookrail_send_event(client, TEXT("t"), nowhere, length, NULL, &accepted, NULL)
                   == expected
            && hookrail_event_prepare(client, TEXT("t"), nowhere, length, NULL, &prepared, NULL)
                   == expected
            && hookrail_call_send(client, TEXT("t"), nowhere, length, NULL, &call, NULL) == expected
            && hookrail_submit_event(client, TEXT("t"), nowhere, length, NULL, 1, 0, NULL, NULL)
                   == expected;
    }
    hookrail_client_free(client);
    return right;
}

static void test_huge_payloads_are_refused_unread(void)
{
    check_in_child(refuses_payloads);
}

/* Numbers that are only limits are not allocated. */
static bool bears_huge_limits(void)
{
    hookrail_client_options *options = new_options(HTTP);
    hookrail_completion completion;
    size_t count = 0;
    bool right =
        hookrail_client_options_set_idle_connections(options, SIZE_MAX, NULL) == HOOKRAIL_OK
        && hookrail_client_options_set_payload_limit(options, SIZE_MAX, NULL) == HOOKRAIL_OK
        && hookrail_client_options_set_queue_max_events(options, SIZE_MAX, NULL) == HOOKRAIL_OK
        && hookrail_client_options_set_queue_max_bytes(options, SIZE_MAX, NULL) == HOOKRAIL_OK;
    hookrail_client *client = new_client_with(HTTP, options);
    right =
        right && send_simple(client, "1") == HOOKRAIL_OK
        && submit(client, "1", 1, NULL) == HOOKRAIL_OK
        && hookrail_poll(client, &completion, sizeof completion, SIZE_MAX, LONG_MS, &count, NULL)
               == HOOKRAIL_OK
        && count == 1;
    if (right) {
        free_completion(&completion);
    }
    right = right && hookrail_client_close(client, LONG_MS, NULL, NULL) == HOOKRAIL_OK;
    hookrail_client_free(client);
    return right;
}

static void test_huge_limits_take_no_memory(void)
{
    check_in_child(bears_huge_limits);
}

/* Makes a prepared event whose parts claim these lengths. */
static bool refuses_blobs(void)
{
    hookrail_client *client = new_client_with(HTTP, new_options(HTTP));
    hookrail_prepared *prepared = NULL;
    hookrail_accepted *accepted = NULL;
    bool right =
        hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, &prepared, NULL) == HOOKRAIL_OK;
    size_t length = hookrail_prepared_blob_len(prepared);
    char *blob = malloc(length);
    right = right && blob != NULL;
    for (size_t at = 0; right && at + 8 <= length; at++) {
        memcpy(blob, hookrail_prepared_blob(prepared), length);
        memset(blob + at, 0x7f, 8);
        right = hookrail_send_prepared(client, blob, length, NULL, 0, &accepted, NULL)
                == HOOKRAIL_DAMAGED_BLOB;
    }
    free(blob);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
    return right;
}

static void test_lengths_in_a_blob_take_no_memory(void)
{
    check_in_child(refuses_blobs);
}

/* A server that gives every client the same answer. */
struct announcer {
    int listener;
    const char *answer;
    pthread_t thread;
};

static void *announce(void *argument)
{
    const struct announcer *announcer = argument;
    int peer;
    while ((peer = accept(announcer->listener, NULL, NULL)) >= 0) {
        char request[4096];
        size_t length = strlen(announcer->answer);
        /* The client may have closed the connection already. */
        if (recv(peer, request, sizeof request, 0) > 0
            && send(peer, announcer->answer, length, MSG_NOSIGNAL) != (ssize_t)length) {
            printf("# the peer was gone\n");
        }
        shutdown(peer, SHUT_WR);
        close(peer);
    }
    return NULL;
}

static const char *start_announcer(struct announcer *announcer, const char *answer)
{
    static char url[64];
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    announcer->answer = answer;
    announcer->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (announcer->listener < 0
        || bind(announcer->listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(announcer->listener, 8) != 0
        || getsockname(announcer->listener, (struct sockaddr *)&address, &length) != 0
        || pthread_create(&announcer->thread, NULL, announce, announcer) != 0) {
        printf("# the test cannot go on: no server\n");
        exit(2);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return url;
}

static void stop_announcer(struct announcer *announcer)
{
    shutdown(announcer->listener, SHUT_RDWR);
    pthread_join(announcer->thread, NULL);
    close(announcer->listener);
}

static const char *announcing_url;

static bool survives_announcement(void)
{
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client *client = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    hookrail_error *error = NULL;
    bool right = hookrail_client_options_set_max_retries(options, 0, NULL) == HOOKRAIL_OK
                 && hookrail_client_new(TEXT(API_KEY), TEXT(announcing_url), options, &client, NULL)
                        == HOOKRAIL_OK
                 && hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error)
                        == HOOKRAIL_RETRIES_EXHAUSTED
                 && hookrail_error_outcome(error) == HOOKRAIL_OUTCOME_MAYBE_SENT
                 && hookrail_get_event(client, TEXT("E1"), NULL, 0, &status, NULL)
                        == HOOKRAIL_RETRIES_EXHAUSTED;
    hookrail_error_free(error);
    hookrail_client_options_free(options);
    hookrail_client_free(client);
    return right;
}

static void test_what_a_server_announces_takes_no_memory(void)
{
    static const char *const answers[] = {
        "HTTP/1.1 202 Accepted\r\nContent-Length: 1099511627776\r\n\r\n{\"event_id\":",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 9223372036854775807\r\n\r\n{",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 18446744073709551615\r\n\r\n{",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n10000000000\r\n{",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n{",
        "HTTP/1.1 503 Unavailable\r\nContent-Length: 1099511627776\r\n\r\n{",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct announcer announcer;
        announcing_url = start_announcer(&announcer, answers[i]);
        check_in_child(survives_announcement);
        stop_announcer(&announcer);
    }
}

int main(void)
{
    devserver_reset(HTTP);
    RUN(test_huge_payloads_are_refused_unread);
    RUN(test_huge_limits_take_no_memory);
    RUN(test_lengths_in_a_blob_take_no_memory);
    RUN(test_what_a_server_announces_takes_no_memory);
    return harness_end();
}
