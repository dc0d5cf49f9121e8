/* Just enough HTTP/1.1 to take events and answer each with 202. */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_MAX_HEAD 8192

/* A request on its way in. Zeroed, it awaits the next one. */
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

/* Takes bytes from the connection until a request is complete or they are used up. Moves `bytes`
 * and `length` on by what it took. */
enum http_progress http_request_take(struct http_request *request, const char **bytes,
                                     size_t *length);

/* The answer to every event; `length` is set. */
const char *http_accepted(size_t *length);

#endif
