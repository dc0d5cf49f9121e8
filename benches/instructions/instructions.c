/*
 * Calls whose instructions callgrind counts: `instructions URL`, with a service at the URL that
 * accepts every event. Each case has its own dump, named after it, with the instructions of CALLS
 * calls.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "hookrail.h"

/* Calls before the count: they open the connection, fill caches and let tables grow. */
enum { WARM_UP = 20, CALLS = 200 };

#define LITERAL(text) (text), sizeof(text) - 1

/* Counts the instructions between BEGIN and END, for all calls of a case together. */
#define BEGIN CALLGRIND_TOGGLE_COLLECT
#define END CALLGRIND_TOGGLE_COLLECT

static void require(hookrail_status status, hookrail_error *error)
{
    if (status != HOOKRAIL_OK) {
        fprintf(stderr, "%s: %s\n", hookrail_status_name(status), hookrail_error_message(error));
        exit(1);
    }
}

/* Returns an order as JSON, exactly `size` bytes long. */
static char *new_payload(size_t size)
{
    static const char ITEM[] =
        "{\"sku\":\"HK-1042\",\"quantity\":3,\"price\":19.90,\"gift\":false},";
    static const char END_OF_ITEMS[] = "null],\"note\":\"";
    static const char TAIL[] = "\"}";
    char *payload = malloc(size + 1);
    size_t length = (size_t)sprintf(payload, "{\"order_id\":\"o_1\",\"items\":[");
    size_t left = strlen(END_OF_ITEMS) + strlen(TAIL);
    while (length + strlen(ITEM) + left <= size) {
        length += (size_t)sprintf(payload + length, "%s", ITEM);
    }
    length += (size_t)sprintf(payload + length, "%s", END_OF_ITEMS);
    memset(payload + length, 'x', size - length);
    strcpy(payload + size - strlen(TAIL), TAIL);
    return payload;
}

static hookrail_client *new_client(const char *url)
{
    hookrail_client_options *options = hookrail_client_options_new();
    hookrail_client *client = NULL;
    hookrail_error *error = NULL;
    /* One worker, so that no submit starts another one. */
    require(hookrail_client_options_set_workers(options, 1, &error), error);
    require(hookrail_client_new(LITERAL("hk_0123456789abcdef"), url, strlen(url), options, &client,
                                &error),
            error);
    hookrail_client_options_free(options);
    return client;
}

static void count_sends(const char *url, size_t size)
{
    hookrail_client *client = new_client(url);
    char *payload = new_payload(size);
    for (int i = 0; i < WARM_UP + CALLS; i++) {
        hookrail_accepted *accepted = NULL;
        hookrail_error *error = NULL;
        if (i == WARM_UP) {
            CALLGRIND_ZERO_STATS;
        }
        BEGIN;
        hookrail_status status = hookrail_send_event(client, LITERAL("orders.created"), payload,
                                                     size, NULL, &accepted, &error);
        hookrail_accepted_free(accepted);
        END;
        require(status, error);
    }
    free(payload);
    hookrail_client_free(client);
}

/* The one worker is busy with an event that never gets an answer, so nothing else is counted. */
static void count_submits(size_t size)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char url[64];
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0
        || listen(listener, 16) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("listen");
        exit(1);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    hookrail_client *client = new_client(url);
    char *payload = new_payload(size);
    for (int i = 0; i < WARM_UP + CALLS; i++) {
        hookrail_error *error = NULL;
        if (i == WARM_UP) {
            CALLGRIND_ZERO_STATS;
        }
        BEGIN;
        hookrail_status status = hookrail_submit_event(client, LITERAL("orders.created"), payload,
                                                       size, NULL, (uint64_t)i, 0, NULL, &error);
        END;
        require(status, error);
        if (i == 0) {
            /* accept() returns when the worker has the event. */
            if (accept(listener, NULL, NULL) < 0) {
                perror("accept");
                exit(1);
            }
        }
    }
    free(payload);
    hookrail_client_free(client);
    close(listener);
}

static void count_verifies(size_t size)
{
    static const char SECRET[] = "whsec_0123456789abcdef0123456789abcdef";
    static const char DELIVERY[] = "01JD5XQ3KBC1D2E3F4G5H6J7K8";
    char *body = new_payload(size);
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    hookrail_verifier *verifier = NULL;
    hookrail_error *error = NULL;
    char header[128];
    size_t needed = 0;
    require(hookrail_verifier_options_add_secret(options, LITERAL(SECRET), &error), error);
    require(hookrail_verifier_new(options, &verifier, &error), error);
    require(hookrail_sign(LITERAL(SECRET), (int64_t)time(NULL), LITERAL(DELIVERY), body, size,
                          header, sizeof header, &needed, &error),
            error);
    for (int i = 0; i < WARM_UP + CALLS; i++) {
        size_t secret = 0;
        int64_t signed_at = 0;
        int64_t skew = 0;
        if (i == WARM_UP) {
            CALLGRIND_ZERO_STATS;
        }
        BEGIN;
        hookrail_status status =
            hookrail_verifier_verify(verifier, header, needed - 1, LITERAL(DELIVERY), body, size,
                                     HOOKRAIL_NOW, &secret, &signed_at, &skew, &error);
        END;
        require(status, error);
    }
    hookrail_verifier_free(verifier);
    hookrail_verifier_options_free(options);
    free(body);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URL\n", argv[0]);
        return 2;
    }
    count_sends(argv[1], 1024);
    CALLGRIND_DUMP_STATS_AT("send_1k");
    count_submits(1024);
    CALLGRIND_DUMP_STATS_AT("submit_1k");
    count_verifies(64);
    CALLGRIND_DUMP_STATS_AT("verify_64");
    count_verifies(1024);
    CALLGRIND_DUMP_STATS_AT("verify_1k");
    return 0;
}
