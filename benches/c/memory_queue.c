/* Measures the memory of a queued event: --count events are submitted while the service does not
 * answer. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "event.h"
#include "fail.h"
#include "report.h"

/* Listens, so that the kernel accepts connections, but never answers. Returns the descriptor. */
static int listen_silently(char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0
        || getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        fail("cannot listen");
    }
    snprintf(url, size, "http://127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

static void submit(hookrail_client *client, const struct options *options, uint64_t count)
{
    hookrail_error *error = NULL;
    for (uint64_t i = 0; i < count; i++) {
        if (hookrail_submit_event(client, EVENT_TOPIC, strlen(EVENT_TOPIC), options->payload,
                                  options->payload_length, NULL, i, 0, NULL, &error)
            != HOOKRAIL_OK) {
            fail_with("a submit", error);
        }
    }
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    options_require(options.payload, "payload");
    char url[64];
    int listener = listen_silently(url, sizeof url);
    options.url = url;
    hookrail_client_options *settings = hookrail_client_options_new();
    hookrail_error *error = NULL;
    if (hookrail_client_options_set_queue_max_events(settings, options.count + options.warmup,
                                                     &error)
            != HOOKRAIL_OK
        || hookrail_client_options_set_queue_max_bytes(settings, SIZE_MAX / 2, &error)
               != HOOKRAIL_OK) {
        fail_with("the client's options", error);
    }
    hookrail_client *client = client_open(&options, settings);
    hookrail_client_options_free(settings);

    /* The first events start the threads, whose stacks must not be counted. */
    submit(client, &options, options.warmup);
    double before = resident_bytes();
    struct usage start = usage_now();
    submit(client, &options, options.count);
    struct usage end = usage_now();
    const struct figure figures[] = {
        {"bytes_per_event", (resident_bytes() - before) / (double)options.count}};
    report(options.count, start, end, figures, sizeof figures / sizeof figures[0]);

    hookrail_client_free(client);
    close(listener);
    free(options.payload);
    return 0;
}
