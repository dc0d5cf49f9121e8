/* Events that libcurl's multi interface sends. Two programs drive it, each in its own way. */
#ifndef MULTI_H
#define MULTI_H

#include "curl.h"

struct multi {
    CURLM *handle;
    const struct options *options;
    /* The events: each is made when it is first needed. */
    struct curl_event **events;
    size_t made;
    /* The events that are not under way. */
    struct curl_event **free_events;
    size_t free_count;
};

/* Ends the program after an error. */
void multi_check(CURLMcode result);

void multi_open(struct multi *multi, const struct options *options);

void multi_start(struct multi *multi);

/* Takes the answered events. Returns their number. */
size_t multi_complete(struct multi *multi);

void multi_close(struct multi *multi);

#endif
