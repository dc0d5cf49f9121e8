/*
 * Sends events with libcurl's multi interface: one thread with --threads connections sends a new
 * event on each as soon as the previous one is answered. curl_multi_socket_action() with epoll is
 * no faster for so few.
 */
#include "curl.h"
#include "fail.h"
#include "report.h"

#define POLL_TIMEOUT_MS 1000

struct sender {
    CURLM *multi;
    uint64_t to_start;
    uint64_t to_complete;
};

static void check(CURLMcode result)
{
    if (result != CURLM_OK) {
        fail("libcurl: %s", curl_multi_strerror(result));
    }
}

static void start_event(struct sender *sender, struct curl_event *event)
{
    if (sender->to_start > 0) {
        sender->to_start--;
        curl_event_prepare(event);
        check(curl_multi_add_handle(sender->multi, event->handle));
    }
}

/* Returns the number of completed events. */
static uint64_t complete_events(struct sender *sender)
{
    uint64_t to_complete = sender->to_complete;
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        struct curl_event *event;
        CURL *handle = message->easy_handle;
        CURLcode result = message->data.result;
        curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&event);
        check(curl_multi_remove_handle(sender->multi, handle));
        curl_event_check(event, result);
        sender->to_complete--;
        start_event(sender, event);
    }
    return to_complete - sender->to_complete;
}

static void send_events(struct sender *sender, struct curl_event **events, int connections,
                        uint64_t count)
{
    sender->to_start = count;
    sender->to_complete = count;
    for (int i = 0; i < connections; i++) {
        start_event(sender, events[i]);
    }
    while (sender->to_complete > 0) {
        int running;
        check(curl_multi_perform(sender->multi, &running));
        /* New transfers must write their requests before the program waits for an answer. */
        if (complete_events(sender) == 0) {
            check(curl_multi_poll(sender->multi, NULL, 0, POLL_TIMEOUT_MS, NULL));
        }
    }
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    struct sender sender = {0};
    struct curl_event **events = calloc((size_t)options.threads, sizeof *events);
    if (events == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK
        || (sender.multi = curl_multi_init()) == NULL) {
        fail("libcurl cannot be set up");
    }
    check(curl_multi_setopt(sender.multi, CURLMOPT_MAXCONNECTS, (long)options.threads));
    for (int i = 0; i < options.threads; i++) {
        events[i] = curl_event_open(&options);
    }

    send_events(&sender, events, options.threads, options.warmup);
    struct usage start = usage_now();
    send_events(&sender, events, options.threads, options.count);
    struct usage end = usage_now();
    report(options.count, start, end, NULL, 0);

    for (int i = 0; i < options.threads; i++) {
        curl_event_close(events[i]);
    }
    curl_multi_cleanup(sender.multi);
    curl_global_cleanup();
    free(events);
    free(options.payload);
    return 0;
}
