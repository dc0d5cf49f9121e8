/*
 * Sends events with background calls, at most --under-way at the same time. One thread starts them,
 * waits for the client's descriptor for all calls, and takes the results.
 */
#include <poll.h>
#include <string.h>

#include "client.h"
#include "event.h"
#include "fail.h"
#include "stream.h"

#define BATCH 64

struct calls {
    const struct options *options;
    hookrail_client *client;
    struct pollfd ready;
    /* The calls under way by their tags, and the tags that no call has. */
    hookrail_call **by_tag;
    uint32_t *free_tags;
    size_t free_count;
};

static void *open_calls(const struct options *options)
{
    size_t most = (size_t)options->under_way;
    struct calls *calls = calloc(1, sizeof *calls);
    hookrail_client_options *settings = hookrail_client_options_new();
    hookrail_error *error = NULL;
    if (calls == NULL || (calls->by_tag = calloc(most, sizeof *calls->by_tag)) == NULL
        || (calls->free_tags = calloc(most, sizeof *calls->free_tags)) == NULL) {
        fail("no memory");
    }
    for (size_t tag = 0; tag < most; tag++) {
        calls->free_tags[calls->free_count++] = (uint32_t)tag;
    }
    if (hookrail_client_options_set_idle_connections(settings, most, &error) != HOOKRAIL_OK) {
        fail_with("the client's options", error);
    }
    calls->options = options;
    calls->client = client_open(options, settings);
    calls->ready.events = POLLIN;
    if (hookrail_calls_fd(calls->client, &calls->ready.fd, &error) != HOOKRAIL_OK) {
        fail_with("the descriptor for all calls", error);
    }
    hookrail_client_options_free(settings);
    return calls;
}

static void start(void *own)
{
    struct calls *calls = own;
    hookrail_error *error = NULL;
    uint32_t tag = calls->free_tags[--calls->free_count];
    if (hookrail_call_send(calls->client, EVENT_TOPIC, strlen(EVENT_TOPIC), calls->options->payload,
                           calls->options->payload_length, NULL, &calls->by_tag[tag], &error)
            != HOOKRAIL_OK
        || hookrail_call_report(calls->by_tag[tag], tag, &error) != HOOKRAIL_OK) {
        fail_with("a call", error);
    }
}

static void finish(struct calls *calls, uint64_t tag)
{
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    if (hookrail_call_finish_send(calls->by_tag[tag], &accepted, &error) != HOOKRAIL_OK) {
        fail_with("an event", error);
    }
    hookrail_accepted_free(accepted);
    hookrail_call_free(calls->by_tag[tag]);
    calls->by_tag[tag] = NULL;
    calls->free_tags[calls->free_count++] = (uint32_t)tag;
}

static size_t collect(void *own)
{
    struct calls *calls = own;
    uint64_t tags[BATCH];
    hookrail_error *error = NULL;
    size_t count = 0;
    poll(&calls->ready, 1, -1);
    if (hookrail_calls_collect(calls->client, tags, BATCH, &count, &error) != HOOKRAIL_OK) {
        fail_with("the calls that are done", error);
    }
    for (size_t i = 0; i < count; i++) {
        finish(calls, tags[i]);
    }
    return count;
}

static void close_calls(void *own)
{
    struct calls *calls = own;
    for (size_t tag = 0; tag < (size_t)calls->options->under_way; tag++) {
        hookrail_call_free(calls->by_tag[tag]);
    }
    hookrail_client_free(calls->client);
    free(calls->by_tag);
    free(calls->free_tags);
    free(calls);
}

int main(int argc, char **argv)
{
    static const struct stream stream = {
        .open = open_calls, .start = start, .collect = collect, .close = close_calls};
    return stream_main(argc, argv, &stream);
}
