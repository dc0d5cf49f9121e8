/* Sends events with libcurl's easy interface: one handle in each thread. */
#include "curl.h"
#include "fail.h"
#include "load.h"

static void *setup(const struct options *options)
{
    (void)options;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fail("curl_global_init");
    }
    return NULL;
}

static void *open_event(const struct options *options, void *shared)
{
    (void)shared;
    return curl_event_open(options);
}

static void send_one(void *own)
{
    struct curl_event *event = own;
    curl_event_prepare(event);
    curl_event_check(event, curl_easy_perform(event->handle));
}

static void close_event(void *own)
{
    curl_event_close(own);
}

static void teardown(void *shared)
{
    (void)shared;
    curl_global_cleanup();
}

int main(int argc, char **argv)
{
    const struct load load = {setup, open_event, send_one, close_event, teardown};
    return load_main(argc, argv, &load);
}
