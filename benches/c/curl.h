/* An event sent with a libcurl handle, the way somebody writes it who knows libcurl: what does not
 * change is set once, the handle is used again, and nothing is copied or allocated that need not
 * be. */
#ifndef CURL_H
#define CURL_H

#include <curl/curl.h>

#include "event.h"
#include "options.h"

struct curl_event {
    CURL *handle;
    const struct options *options;
    char *url;
    char *body;
    /* The headers that are always the same, and in front of them the one that changes. */
    struct curl_slist *constant_headers;
    struct curl_slist key_header;
    char key_line[sizeof "Idempotency-Key: " + EVENT_KEY_LENGTH];
    char answer[4096];
    size_t answer_length;
};

struct curl_event *curl_event_open(const struct options *options);

/* Makes the request: a new key, the body around the payload. */
void curl_event_prepare(struct curl_event *event);

/* Looks at the answer; ends the program if it is no promise. */
void curl_event_check(struct curl_event *event, CURLcode result);

void curl_event_close(struct curl_event *event);

#endif
