#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* At most this much of a refused body is read, so that the client gets the answer. */
#define HTTP_MAX_DRAIN ((size_t)1024 * 1024)

size_t http_read(int connection, char *buffer, size_t size)
{
    for (;;) {
        ssize_t got = recv(connection, buffer, size, 0);
        if (got >= 0) {
            return (size_t)got;
        }
        if (errno != EINTR) {
            return 0;
        }
    }
}

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

static bool send_all(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void http_answer(int connection, int status)
{
    char answer[160];
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 %d %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n",
                          status, reason_of(status), status == 405 ? "Allow: POST\r\n" : "");
    if (!send_all(connection, answer, (size_t)length)) {
        return;
    }
    /* Closing a socket with unread input would reset the connection, and the reset could overtake
     * the answer. */
    shutdown(connection, SHUT_WR);
    size_t drained = 0;
    size_t got = 0;
    do {
        got = http_read(connection, answer, sizeof answer);
        drained += got;
    } while (got > 0 && drained < HTTP_MAX_DRAIN);
}

const char *http_field(const struct http_request *request, const char *name, size_t *length)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (request->name_lengths[i] == strlen(name)
            && strncasecmp(request->names[i], name, strlen(name)) == 0) {
            *length = request->value_lengths[i];
            return request->values[i];
        }
    }
    return NULL;
}

/* Splits "name: value" lines between `at` and `end`; returns false if one is no field or there are
 * too many. */
static bool split_fields(struct http_request *request, const char *at, const char *end)
{
    while (at < end) {
        const char *line_end = strstr(at, "\r\n");
        const char *colon = memchr(at, ':', (size_t)(line_end - at));
        /* A space before the name would continue the line before: this is obsolete, and a way to
         * smuggle requests. */
        if (colon == NULL || colon == at || isspace((unsigned char)*at)
            || request->field_count == HTTP_MAX_FIELDS) {
            return false;
        }
        const char *value = colon + 1;
        const char *value_end = line_end;
        while (value < value_end && (*value == ' ' || *value == '\t')) {
            value++;
        }
        while (value < value_end && (value_end[-1] == ' ' || value_end[-1] == '\t')) {
            value_end--;
        }
        size_t field = request->field_count++;
        request->names[field] = at;
        request->name_lengths[field] = (size_t)(colon - at);
        request->values[field] = value;
        request->value_lengths[field] = (size_t)(value_end - value);
        at = line_end + 2;
    }
    return true;
}

/* Reads the length of the body; returns false if there is no length or it is no plain number. */
static bool read_content_length(struct http_request *request)
{
    size_t length = 0;
    const char *value = http_field(request, "content-length", &length);
    if (value == NULL || length == 0 || length > 18
        || http_field(request, "transfer-encoding", &length) != NULL) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)value[i])) {
            return false;
        }
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    request->content_length = (size_t)number;
    return true;
}

int http_read_head(int connection, struct http_request *request)
{
    size_t used = 0;
    const char *end = NULL;
    while (end == NULL) {
        if (used == sizeof request->head - 1) {
            return 431;
        }
        size_t got = http_read(connection, request->head + used, sizeof request->head - 1 - used);
        if (got == 0) {
            return -1;
        }
        used += got;
        request->head[used] = '\0';
        end = strstr(request->head, "\r\n\r\n");
        /* A NUL would hide the text behind it. */
        if (end == NULL && strlen(request->head) != used) {
            return 400;
        }
    }
    request->body_start = end + 4;
    request->body_start_length = used - (size_t)(request->body_start - request->head);

    const char *first_end = strstr(request->head, "\r\n");
    const char *space = memchr(request->head, ' ', (size_t)(first_end - request->head));
    request->field_count = 0;
    if (space == NULL || !split_fields(request, first_end + 2, end + 2)) {
        return 400;
    }
    request->method = request->head;
    request->method_length = (size_t)(space - request->head);
    if (request->method_length != 4 || memcmp(request->method, "POST", 4) != 0) {
        return 405;
    }
    if (!read_content_length(request)) {
        return 411;
    }
    if (request->body_start_length > request->content_length) {
        return 400;
    }
    return 0;
}
