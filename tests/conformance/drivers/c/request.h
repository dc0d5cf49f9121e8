/*
 * A request of the line protocol, and its answer. An invalid request is a mistake of the runner or
 * of this driver: it ends the driver, with a message on standard error.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <hookrail.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes for the library: NULL with 0 for a missing argument. */
struct bytes {
    const char *data;
    size_t length;
};

/* Expands to a pointer and a length, as the library takes them. */
#define BYTES(bytes) (bytes).data, (bytes).length

/* Lists of bytes for the library. */
struct byte_list {
    const char **data;
    size_t *lengths;
    size_t count;
};

/* A request and the memory that belongs to it. */
struct request {
    json_t *members;
    struct allocation *allocations;
};

/* Reads a line. */
struct request request_parse(const char *line, size_t length);

/* Frees a request and everything read from it. */
void request_free(struct request *request);

bool has(const json_t *members, const char *name);
json_int_t get_int(const json_t *members, const char *name);
json_int_t get_int_or(const json_t *members, const char *name, json_int_t otherwise);
bool get_flag(const json_t *members, const char *name);
const char *get_text(const json_t *members, const char *name);

/* Returns the bytes of member `name` of the request, or of an object in it; NULL with 0 if it is
 * missing. */
struct bytes get_bytes(struct request *request, const json_t *members, const char *name);

/* Returns the bytes of a list, or with `column` 0 or 1 those of a list of pairs. */
struct byte_list get_list(struct request *request, const char *name, int column);

/* Returns an answer with a result, and takes the result over. */
json_t *reply_ok(json_t *result);

/* Returns an answer with an error, and frees the error; `error` may be NULL. */
json_t *reply_error(hookrail_status status, hookrail_error *error);

/* Returns the base64 of bytes; null for NULL. */
json_t *encoded(const char *bytes, size_t length);

/* Prints a message and ends the driver. */
void fail(const char *what, const char *about);

#endif
