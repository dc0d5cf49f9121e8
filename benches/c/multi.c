#include "multi.h"

#include "fail.h"

void multi_check(CURLMcode result)
{
    if (result != CURLM_OK) {
        fail("libcurl: %s", curl_multi_strerror(result));
    }
}

void multi_open(struct multi *multi, const struct options *options)
{
    size_t most = (size_t)options->under_way;
    multi->options = options;
    multi->events = calloc(most, sizeof *multi->events);
    multi->free_events = calloc(most, sizeof *multi->free_events);
    if (multi->events == NULL || multi->free_events == NULL
        || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK
        || (multi->handle = curl_multi_init()) == NULL) {
        fail("libcurl cannot be set up");
    }
    multi_check(curl_multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, (long)most));
}

static struct curl_event *free_event(struct multi *multi)
{
    if (multi->free_count > 0) {
        return multi->free_events[--multi->free_count];
    }
    struct curl_event *event = curl_event_open(multi->options);
    multi->events[multi->made++] = event;
    return event;
}

void multi_start(struct multi *multi)
{
    struct curl_event *event = free_event(multi);
    curl_event_prepare(event);
    multi_check(curl_multi_add_handle(multi->handle, event->handle));
}

size_t multi_complete(struct multi *multi)
{
    size_t completed = 0;
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi->handle, &left)) != NULL) {
        struct curl_event *event;
        CURL *handle = message->easy_handle;
        CURLcode result = message->data.result;
        curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&event);
        multi_check(curl_multi_remove_handle(multi->handle, handle));
        curl_event_check(event, result);
        multi->free_events[multi->free_count++] = event;
        completed++;
    }
    return completed;
}

void multi_close(struct multi *multi)
{
    for (size_t i = 0; i < multi->made; i++) {
        curl_multi_remove_handle(multi->handle, multi->events[i]->handle);
        curl_event_close(multi->events[i]);
    }
    curl_multi_cleanup(multi->handle);
    curl_global_cleanup();
    free(multi->events);
    free(multi->free_events);
}
