#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "base64.h"
#include "results.h"

/* Memory that is freed with its request. */
struct allocation {
    struct allocation *next;
    void *memory;
};

void fail(const char *what, const char *about)
{
    fprintf(stderr, "driver: %s: %s\n", what, about);
    exit(1);
}

static void *owned(struct request *request, void *memory)
{
    struct allocation *allocation = malloc(sizeof *allocation);
    if (memory == NULL || allocation == NULL) {
        fail("no memory", "for a request");
        return NULL;
    }
    *allocation = (struct allocation){request->allocations, memory};
    request->allocations = allocation;
    return memory;
}

struct request request_parse(const char *line, size_t length)
{
    json_error_t error;
    json_t *members = json_loadb(line, length, 0, &error);
    if (!json_is_object(members)) {
        fail("a request that is no object", error.text);
    }
    return (struct request){members, NULL};
}

void request_free(struct request *request)
{
    while (request->allocations != NULL) {
        struct allocation *allocation = request->allocations;
        request->allocations = allocation->next;
        free(allocation->memory);
        free(allocation);
    }
    json_decref(request->members);
}

bool has(const json_t *members, const char *name)
{
    return json_object_get(members, name) != NULL;
}

json_int_t get_int(const json_t *members, const char *name)
{
    const json_t *value = json_object_get(members, name);
    if (!json_is_integer(value)) {
        fail("no whole number", name);
    }
    return json_integer_value(value);
}

json_int_t get_int_or(const json_t *members, const char *name, json_int_t otherwise)
{
    return has(members, name) ? get_int(members, name) : otherwise;
}

bool get_flag(const json_t *members, const char *name)
{
    return json_is_true(json_object_get(members, name));
}

const char *get_text(const json_t *members, const char *name)
{
    const char *text = json_string_value(json_object_get(members, name));
    if (text == NULL) {
        fail("no text", name);
    }
    return text;
}

static struct bytes decode(struct request *request, const json_t *value, const char *name)
{
    size_t length = 0;
    char *data = NULL;
    if (json_is_string(value)) {
        data = base64_decode(json_string_value(value), json_string_length(value), &length);
    }
    if (data == NULL) {
        fail("no bytes", name);
    }
    owned(request, data);
    return (struct bytes){data, length};
}

struct bytes get_bytes(struct request *request, const json_t *members, const char *name)
{
    const json_t *value = json_object_get(members, name);
    return value == NULL ? (struct bytes){NULL, 0} : decode(request, value, name);
}

struct byte_list get_list(struct request *request, const char *name, int column)
{
    const json_t *values = json_object_get(request->members, name);
    if (!json_is_array(values)) {
        fail("no list", name);
    }
    size_t count = json_array_size(values);
    struct byte_list list = {
        .data = owned(request, calloc(count + 1, sizeof *list.data)),
        .lengths = owned(request, calloc(count + 1, sizeof *list.lengths)),
        .count = count,
    };
    for (size_t index = 0; index < count; index++) {
        const json_t *value = json_array_get(values, index);
        if (json_is_array(value)) {
            value = json_array_get(value, (size_t)column);
        }
        struct bytes bytes = decode(request, value, name);
        list.data[index] = bytes.data;
        list.lengths[index] = bytes.length;
    }
    return list;
}

json_t *reply_ok(json_t *result)
{
    return json_pack("{s:o}", "ok", result);
}

json_t *reply_error(hookrail_status status, hookrail_error *error)
{
    json_t *reply = json_pack("{s:o}", "error", error_result(status, error));
    hookrail_error_free(error);
    return reply;
}

json_t *encoded(const char *bytes, size_t length)
{
    if (bytes == NULL) {
        return json_null();
    }
    char *text = base64_encode(bytes, length);
    json_t *value = json_string(text);
    free(text);
    return value;
}
