/*
 * Sends events with libcurl's multi interface as its manual shows first: curl_multi_perform() and
 * curl_multi_poll() look at all transfers each time.
 */
#include "fail.h"
#include "multi.h"
#include "stream.h"

#define POLL_TIMEOUT_MS 1000
#define DRIVE_TIMEOUT_MS 1

static void *open_multi(const struct options *options)
{
    struct multi *multi = calloc(1, sizeof *multi);
    if (multi == NULL) {
        fail("no memory");
    }
    multi_open(multi, options);
    return multi;
}

static void start(void *own)
{
    multi_start(own);
}

static size_t perform(struct multi *multi)
{
    int running;
    multi_check(curl_multi_perform(multi->handle, &running));
    return multi_complete(multi);
}

static size_t collect(void *own)
{
    struct multi *multi = own;
    size_t completed;
    /* New transfers must write their requests before the program waits for an answer. */
    while ((completed = perform(multi)) == 0) {
        multi_check(curl_multi_poll(multi->handle, NULL, 0, POLL_TIMEOUT_MS, NULL));
    }
    return completed;
}

static void drive(void *own)
{
    struct multi *multi = own;
    perform(multi);
    multi_check(curl_multi_poll(multi->handle, NULL, 0, DRIVE_TIMEOUT_MS, NULL));
}

static void close_multi(void *own)
{
    multi_close(own);
    free(own);
}

int main(int argc, char **argv)
{
    static const struct stream stream = {.open = open_multi,
                                         .start = start,
                                         .collect = collect,
                                         .drive = drive,
                                         .close = close_multi};
    return stream_main(argc, argv, &stream);
}
