#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REQUEST_LINE "POST /v1/events HTTP/1.1\r\n"
#define HEAD_END "\r\n\r\n"

#define BODY                                                                                       \
    "{\"event_id\":\"01JCD5W2Q8ZK3T7N6Y4H1R0XAB\","                                                \
    "\"delivery_ids\":[\"01JCD5W2Q9M5V8B2C7E4G6J0KP\"]}"
#define BODY_LENGTH 87
#define TEXT_OF(value) #value
#define NUMBER(macro) TEXT_OF(macro)

_Static_assert(sizeof BODY - 1 == BODY_LENGTH, "BODY_LENGTH is not the length of BODY");

static const char accepted[] = "HTTP/1.1 202 Accepted\r\n"
                               "Content-Type: application/json\r\n"
                               "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
                               "Content-Length: " NUMBER(BODY_LENGTH) "\r\n\r\n" BODY;

const char *http_accepted(size_t *length)
{
    *length = sizeof accepted - 1;
    return accepted;
}

/* Returns -1 if there is no such header, or if it is no number. */
static int64_t content_length(const char *head)
{
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            char *end;
            long long value = strtoll(line + 15, &end, 10);
            return *end == '\r' && value >= 0 ? (int64_t)value : -1;
        }
    }
    return -1;
}

/* Returns the number of bytes that belong to the head, or 0 if they do not fit. */
static size_t append_to_head(struct http_request *request, const char *bytes, size_t length)
{
    size_t room = sizeof request->head - 1 - request->head_length;
    size_t taken = length < room ? length : room;
    /* The end of the head may begin in the old bytes and end in the new ones. */
    size_t look_from = request->head_length < 3 ? 0 : request->head_length - 3;

    memcpy(request->head + request->head_length, bytes, taken);
    request->head[request->head_length + taken] = '\0';
    const char *end = strstr(request->head + look_from, HEAD_END);
    if (end != NULL) {
        size_t head_length = (size_t)(end - request->head) + sizeof HEAD_END - 1;
        taken = head_length - request->head_length;
        request->head_length = head_length;
        request->head[head_length] = '\0';
        request->in_body = 1;
        return taken;
    }
    request->head_length += taken;
    return taken == length ? taken : 0;
}

enum http_progress http_request_take(struct http_request *request, const char **bytes,
                                     size_t *length)
{
    if (!request->in_body && *length > 0) {
        size_t taken = append_to_head(request, *bytes, *length);
        if (taken == 0) {
            return HTTP_INVALID;
        }
        *bytes += taken;
        *length -= taken;
        if (request->in_body) {
            int64_t body_length = content_length(request->head);
            if (body_length < 0
                || strncmp(request->head, REQUEST_LINE, sizeof REQUEST_LINE - 1) != 0) {
                return HTTP_INVALID;
            }
            request->body_left = (uint64_t)body_length;
        }
    }
    if (!request->in_body) {
        return HTTP_INCOMPLETE;
    }
    size_t taken = *length < request->body_left ? *length : (size_t)request->body_left;
    *bytes += taken;
    *length -= taken;
    request->body_left -= taken;
    if (request->body_left > 0) {
        return HTTP_INCOMPLETE;
    }
    request->head_length = 0;
    request->in_body = 0;
    return HTTP_COMPLETE;
}
