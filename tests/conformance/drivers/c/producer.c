/* Commands about submitted events. */
#include <stdlib.h>
#include <time.h>

#include "clients.h"
#include "commands.h"
#include "results.h"

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t left_until(int64_t deadline)
{
    int64_t left = deadline - milliseconds();
    return left > 0 ? left : 0;
}

/* Returns an empty answer, or an error. */
static json_t *reply_empty(hookrail_status status, hookrail_error *error)
{
    return status == HOOKRAIL_OK ? reply_ok(json_object()) : reply_error(status, error);
}

/* Returns an answer with one number, or an error. */
static json_t *reply_number(hookrail_status status, hookrail_error *error, const char *name,
                            size_t number)
{
    return status == HOOKRAIL_OK ? reply_ok(json_pack("{s:I}", name, (json_int_t)number))
                                 : reply_error(status, error);
}

json_t *submit(struct request *request)
{
    const json_t *members = request->members;
    struct bytes topic = get_bytes(request, members, "topic");
    struct bytes payload = get_bytes(request, members, "payload");
    uint64_t tag = (uint64_t)get_int(members, "tag");
    int64_t patience = get_int_or(members, "wait_ms", 0);
    uint64_t token = 0;
    hookrail_send_options *options = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = new_send_options(request, &options, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_submit_event_wait(client_of(request), BYTES(topic), BYTES(payload),
                                            options, tag, 0, patience, &token, &error);
    }
    hookrail_send_options_free(options);
    if (status == HOOKRAIL_OK) {
        remember_event(request, token);
    }
    return reply_empty(status, error);
}

json_t *submit_prepared(struct request *request)
{
    struct bytes blob = get_bytes(request, request->members, "blob");
    uint64_t tag = (uint64_t)get_int(request->members, "tag");
    int64_t timeout = get_int_or(request->members, "timeout_ms", 0);
    uint64_t token = 0;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_submit_prepared(client_of(request), BYTES(blob), timeout, tag, 0, &token, &error);
    if (status == HOOKRAIL_OK) {
        remember_event(request, token);
    }
    return reply_empty(status, error);
}

json_t *collect(struct request *request)
{
    const hookrail_client *client = client_of(request);
    size_t wanted = (size_t)get_int(request->members, "count");
    int64_t deadline = milliseconds() + get_int(request->members, "timeout_ms");
    json_t *completions = json_array();
    int64_t left;
    do {
        hookrail_completion completion;
        size_t count = 0;
        hookrail_error *error = NULL;
        left = left_until(deadline);
        hookrail_status status =
            hookrail_poll(client, &completion, sizeof completion, 1, left, &count, &error);
        /* A late signal, after its call, only interrupts this wait. */
        if (status != HOOKRAIL_OK && status != HOOKRAIL_INTERRUPTED) {
            json_decref(completions);
            return reply_error(status, error);
        }
        hookrail_error_free(error);
        if (count == 1) {
            json_array_append_new(completions, completion_result(&completion));
            hookrail_accepted_free(completion.accepted);
            hookrail_error_free(completion.error);
            left = 1;
        }
    } while (json_array_size(completions) < wanted && left > 0);
    return reply_ok(json_pack("{s:o}", "completions", completions));
}

json_t *flush(struct request *request)
{
    int64_t deadline = milliseconds() + get_int(request->members, "timeout_ms");
    size_t remaining = 0;
    hookrail_error *error = NULL;
    hookrail_status status;
    do {
        hookrail_error_free(error);
        error = NULL;
        status = hookrail_flush(client_of(request), left_until(deadline), &remaining, &error);
    } while (status == HOOKRAIL_INTERRUPTED);
    if (status == HOOKRAIL_TIMEOUT) {
        hookrail_error_free(error);
        status = HOOKRAIL_OK;
        error = NULL;
    }
    return reply_number(status, error, "remaining", remaining);
}

json_t *pending(struct request *request)
{
    size_t queued = 0;
    size_t in_flight = 0;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_pending(client_of(request), &queued, &in_flight, NULL, &error);
    if (status != HOOKRAIL_OK) {
        return reply_error(status, error);
    }
    return reply_ok(
        json_pack("{s:I, s:I}", "queued", (json_int_t)queued, "in_flight", (json_int_t)in_flight));
}

json_t *cancel_submitted(struct request *request)
{
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_cancel_submitted(client_of(request), event_of(request), &error);
    return reply_empty(status, error);
}

json_t *purge(struct request *request)
{
    uint32_t flags = HOOKRAIL_PURGE_QUEUED;
    if (get_flag(request->members, "in_flight")) {
        flags |= HOOKRAIL_PURGE_IN_FLIGHT;
    }
    size_t purged = 0;
    hookrail_error *error = NULL;
    hookrail_status status = hookrail_purge(client_of(request), flags, &purged, &error);
    return reply_number(status, error, "purged", purged);
}

json_t *close_client(struct request *request)
{
    int64_t deadline = milliseconds() + get_int(request->members, "timeout_ms");
    size_t unsent = 0;
    hookrail_error *error = NULL;
    hookrail_status status;
    do {
        hookrail_error_free(error);
        error = NULL;
        status = hookrail_client_close(client_of(request), left_until(deadline), &unsent, &error);
    } while (status == HOOKRAIL_INTERRUPTED);
    return reply_number(status, error, "unsent", unsent);
}
