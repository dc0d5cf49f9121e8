#include "stream.h"

#include <stdint.h>
#include <time.h>

#include "fail.h"
#include "held.h"
#include "report.h"

/* While a server holds the requests: how often each of them was answered before. */
#define ANSWERED_BEFORE 10

struct run {
    const struct stream *stream;
    void *own;
    size_t depth;
    /* The nanoseconds of each start; NULL if they are not measured. */
    uint32_t *start_ns;
};

static void start_one(const struct run *run, uint64_t number)
{
    if (run->start_ns == NULL) {
        run->stream->start(run->own);
        return;
    }
    uint64_t before = clock_ns();
    run->stream->start(run->own);
    uint64_t took = clock_ns() - before;
    run->start_ns[number] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

/* Starts `count` events, and ends when `answered` of them are answered. */
static void send_events(const struct run *run, uint64_t count, uint64_t answered)
{
    uint64_t started = 0;
    uint64_t done = 0;
    while (done < answered || started < count) {
        while (started < count && started - done < run->depth) {
            start_one(run, started++);
        }
        if (done < answered) {
            done += run->stream->collect(run->own);
        }
    }
}

static void measure_time(struct run *run, const struct options *options)
{
    send_events(run, options->warmup, options->warmup);
    run->start_ns = malloc(options->count * sizeof *run->start_ns);
    if (run->start_ns == NULL) {
        fail("no memory");
    }
    struct usage start = usage_now();
    send_events(run, options->count, options->count);
    struct usage end = usage_now();
    const struct figure figures[] = {
        {"start_median_ns", quantile_of(run->start_ns, options->count, 0.5)},
        {"start_p99_ns", quantile_of(run->start_ns, options->count, 0.99)},
    };
    report(options->count, start, end, figures, sizeof figures / sizeof figures[0]);
    free(run->start_ns);
}

/* The growth from a program that has sent one event to one with `count` requests that the server
 * holds, each on its connection. Before, the connections carried other events: a client may open
 * more of them only when answers come. */
static void measure_memory(const struct run *run, const struct options *options,
                           struct held_server *server)
{
    uint64_t before_hold = options->count * ANSWERED_BEFORE;
    send_events(run, 1, 1);
    double before = resident_bytes();
    struct usage start = usage_now();
    held_server_hold_after(server, before_hold, options->count);
    send_events(run, before_hold + options->count, before_hold);
    while (!held_server_holds_all(server)) {
        if (run->stream->drive != NULL) {
            run->stream->drive(run->own);
        } else {
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        if (usage_now().wall - start.wall > 60) {
            fail("the server did not get all requests");
        }
    }
    const struct figure figures[] = {
        {"bytes_per_request", (resident_bytes() - before) / (double)options->count}};
    report(options->count, start, usage_now(), figures, sizeof figures / sizeof figures[0]);
}

int stream_main(int argc, char **argv, const struct stream *stream)
{
    struct options options = options_parse(argc, argv);
    struct held_server server;
    options_require(options.payload, "payload");
    if (options.held) {
        held_server_start(&server);
        options.url = server.url;
        options.under_way = (int)options.count;
        options.depth = options.count;
    }
    struct run run = {.stream = stream,
                      .own = stream->open(&options),
                      .depth = stream->queues ? options.depth : (size_t)options.under_way};
    if (options.held) {
        measure_memory(&run, &options, &server);
        held_server_stop(&server);
    } else {
        measure_time(&run, &options);
    }
    stream->close(run.own);
    free(options.payload);
    return 0;
}
