/*
 * Submits events to the producer and collects their completions, with at most --depth of them under
 * way and --threads workers. Measures the time from the first submit to the last completion, and
 * each submit alone.
 */
#include <string.h>

#include "client.h"
#include "event.h"
#include "fail.h"
#include "report.h"

#define BATCH 64

struct queue {
    const struct options *options;
    hookrail_client *client;
    uint64_t submitted;
    uint64_t completed;
    /* The nanoseconds of each submit, as long as there is room. */
    uint32_t *submit_ns;
    size_t submit_count;
};

static hookrail_client *open_client(const struct options *options)
{
    hookrail_client_options *settings = hookrail_client_options_new();
    hookrail_error *error = NULL;
    if (hookrail_client_options_set_workers(settings, options->threads, &error) != HOOKRAIL_OK
        || hookrail_client_options_set_queue_max_events(settings, options->depth, &error)
               != HOOKRAIL_OK
        || hookrail_client_options_set_queue_max_bytes(settings, SIZE_MAX / 2, &error)
               != HOOKRAIL_OK) {
        fail_with("the client's options", error);
    }
    hookrail_client *client = client_open(options, settings);
    hookrail_client_options_free(settings);
    return client;
}

static void submit(struct queue *queue)
{
    hookrail_error *error = NULL;
    uint64_t before = clock_ns();
    hookrail_status status = hookrail_submit_event(
        queue->client, EVENT_TOPIC, strlen(EVENT_TOPIC), queue->options->payload,
        queue->options->payload_length, NULL, queue->submitted, 0, NULL, &error);
    uint64_t took = clock_ns() - before;
    if (status != HOOKRAIL_OK) {
        fail_with("a submit", error);
    }
    queue->submit_ns[queue->submit_count++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    queue->submitted++;
}

static void collect(struct queue *queue)
{
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
    queue->completed += count;
}

static void send_events(struct queue *queue, uint64_t count)
{
    queue->submitted = 0;
    queue->completed = 0;
    queue->submit_count = 0;
    while (queue->completed < count) {
        while (queue->submitted < count
               && queue->submitted - queue->completed < queue->options->depth) {
            submit(queue);
        }
        collect(queue);
    }
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    options_require(options.payload, "payload");
    uint64_t most = options.count > options.warmup ? options.count : options.warmup;
    struct queue queue = {.options = &options,
                          .client = open_client(&options),
                          .submit_ns = malloc(most * sizeof *queue.submit_ns)};
    if (queue.submit_ns == NULL) {
        fail("no memory");
    }

    send_events(&queue, options.warmup);
    struct usage start = usage_now();
    send_events(&queue, options.count);
    struct usage end = usage_now();

    const struct figure figures[] = {
        {"submit_median_ns", quantile_of(queue.submit_ns, queue.submit_count, 0.5)},
        {"submit_p99_ns", quantile_of(queue.submit_ns, queue.submit_count, 0.99)},
    };
    report(options.count, start, end, figures, sizeof figures / sizeof figures[0]);

    hookrail_client_close(queue.client, -1, NULL, NULL);
    hookrail_client_free(queue.client);
    free(queue.submit_ns);
    free(options.payload);
    return 0;
}
