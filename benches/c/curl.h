/* An event sent with a libcurl handle, as an expert of libcurl writes it: constant options are set
 * once, the handle is reused, and nothing is copied or allocated without need. */
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
    /* The constant headers, and in front of them the one that changes. */
    struct curl_slist *constant_headers;
    struct curl_slist key_header;
    char key_line[sizeof "Idempotency-Key: " + EVENT_KEY_LENGTH];
    char answer[4096];
    size_t answer_length;
};

struct curl_event *curl_event_open(const struct options *options);

/* Prepares the request: a new key, and the body around the payload. */
void curl_event_prepare(struct curl_event *event);

/* Checks the answer; ends the program if it is not a 202. */
void curl_event_check(struct curl_event *event, CURLcode result);

void curl_event_close(struct curl_event *event);

#endif
