/* The part of HTTP/1.1 that a webhook receiver needs: one request per connection, with a length. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_MAX_HEAD 16384
#define HTTP_MAX_FIELDS 64

/* A request with its head. Names and values point into `head`. */
struct http_request {
    char head[HTTP_MAX_HEAD];
    size_t field_count;
    const char *names[HTTP_MAX_FIELDS];
    size_t name_lengths[HTTP_MAX_FIELDS];
    const char *values[HTTP_MAX_FIELDS];
    size_t value_lengths[HTTP_MAX_FIELDS];
    const char *method;
    size_t method_length;
    size_t content_length;
    /* The part of the body that came together with the head. */
    const char *body_start;
    size_t body_start_length;
};

/*
 * Reads the head of a request. Returns 0, or the HTTP status to refuse it with, or -1 if the client
 * has gone.
 */
int http_read_head(int connection, struct http_request *request);

/* Reads up to `size` bytes of the body; returns 0 at an early end or after a timeout. */
size_t http_read(int connection, char *buffer, size_t size);

/* Sends an answer that ends the connection. A 405 names POST as the allowed method. */
void http_answer(int connection, int status);

/*
 * Returns the value of a field and sets `length`; NULL if the field is absent. Use it for fields of
 * which a second one would do no harm.
 */
const char *http_field(const struct http_request *request, const char *name, size_t *length);

#endif
