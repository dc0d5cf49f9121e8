/* The part of HTTP/1.1 that accepts events and answers each with 202. */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_MAX_HEAD 8192

/* An incoming request. Zeroed, it is ready for the next one. */
struct http_request {
    char head[HTTP_MAX_HEAD];
    size_t head_length;
    uint64_t body_left;
    int in_body;
};

enum http_progress {
    HTTP_INCOMPLETE,
    HTTP_COMPLETE,
    HTTP_INVALID,
};

/* Takes bytes from the connection until a request is complete or the bytes are used up. Advances
 * `bytes` and `length` accordingly. */
enum http_progress http_request_take(struct http_request *request, const char **bytes,
                                     size_t *length);

/* The answer to every event; `length` is set. */
const char *http_accepted(size_t *length);

#endif
