/*
 * Submits events to the producer and collects their completions, with at most --depth of them
 * submitted and not collected, and at most --under-way requests of them under way.
 */
#include <string.h>

#include "client.h"
#include "event.h"
#include "fail.h"
#include "stream.h"

#define BATCH 64

struct queue {
    const struct options *options;
    hookrail_client *client;
};

static void *open_queue(const struct options *options)
{
    struct queue *queue = malloc(sizeof *queue);
    hookrail_client_options *settings = hookrail_client_options_new();
    hookrail_error *error = NULL;
    if (queue == NULL
        || hookrail_client_options_set_workers(settings, options->under_way, &error) != HOOKRAIL_OK
        || hookrail_client_options_set_idle_connections(settings, (size_t)options->under_way,
                                                        &error)
               != HOOKRAIL_OK
        || hookrail_client_options_set_queue_max_events(settings, options->depth, &error)
               != HOOKRAIL_OK
        || hookrail_client_options_set_queue_max_bytes(settings, SIZE_MAX / 2, &error)
               != HOOKRAIL_OK) {
        fail_with("the client's options", error);
    }
    *queue = (struct queue){options, client_open(options, settings)};
    hookrail_client_options_free(settings);
    return queue;
}

static void submit(void *own)
{
    struct queue *queue = own;
    hookrail_error *error = NULL;
    if (hookrail_submit_event(queue->client, EVENT_TOPIC, strlen(EVENT_TOPIC),
                              queue->options->payload, queue->options->payload_length, NULL, 0, 0,
                              NULL, &error)
        != HOOKRAIL_OK) {
        fail_with("a submit", error);
    }
}

static size_t collect(void *own)
{
    struct queue *queue = own;
    hookrail_completion done[BATCH];
    hookrail_error *error = NULL;
    size_t count = 0;
    if (hookrail_poll(queue->client, done, sizeof done[0], BATCH, -1, &count, &error)
        != HOOKRAIL_OK) {
        fail_with("a poll", error);
    }
    for (size_t i = 0; i < count; i++) {
        if (done[i].status != HOOKRAIL_OK) {
            fail_with("an event", done[i].error);
        }
        hookrail_accepted_free(done[i].accepted);
    }
    return count;
}

static void close_queue(void *own)
{
    struct queue *queue = own;
    hookrail_client_close(queue->client, 0, NULL, NULL);
    hookrail_client_free(queue->client);
    free(queue);
}

int main(int argc, char **argv)
{
    static const struct stream stream = {
        .queues = 1, .open = open_queue, .start = submit, .collect = collect, .close = close_queue};
    return stream_main(argc, argv, &stream);
}
