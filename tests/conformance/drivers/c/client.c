/* Commands about clients and calls that wait. */
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "commands.h"
#include "results.h"

typedef hookrail_status (*time_setter)(hookrail_client_options *, int64_t, hookrail_error **);
typedef hookrail_status (*size_setter)(hookrail_client_options *, size_t, hookrail_error **);
typedef hookrail_status (*count_setter)(hookrail_client_options *, int32_t, hookrail_error **);
typedef hookrail_status (*bytes_setter)(hookrail_client_options *, const char *, size_t,
                                        hookrail_error **);

static const struct {
    const char *name;
    time_setter set;
} TIMES[] = {
    {"connect_timeout_ms", hookrail_client_options_set_connect_timeout_ms},
    {"read_timeout_ms", hookrail_client_options_set_read_timeout_ms},
    {"write_timeout_ms", hookrail_client_options_set_write_timeout_ms},
    {"total_timeout_ms", hookrail_client_options_set_total_timeout_ms},
    {"delivery_timeout_ms", hookrail_client_options_set_delivery_timeout_ms},
};

static const struct {
    const char *name;
    size_setter set;
} SIZES[] = {
    {"idle_connections", hookrail_client_options_set_idle_connections},
    {"payload_limit", hookrail_client_options_set_payload_limit},
    {"queue_max_events", hookrail_client_options_set_queue_max_events},
    {"queue_max_bytes", hookrail_client_options_set_queue_max_bytes},
};

static const struct {
    const char *name;
    count_setter set;
} COUNTS[] = {
    {"max_retries", hookrail_client_options_set_max_retries},
    {"workers", hookrail_client_options_set_workers},
};

static const struct {
    const char *name;
    bytes_setter set;
} TEXTS[] = {
    {"ca_pem", hookrail_client_options_add_ca_pem},
    {"proxy", hookrail_client_options_set_proxy},
    {"user_agent_suffix", hookrail_client_options_set_user_agent_suffix},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static hookrail_status set_numbers(const json_t *wanted, hookrail_client_options *options,
                                   hookrail_error **error)
{
    hookrail_status status = HOOKRAIL_OK;
    for (size_t index = 0; index < COUNT(TIMES) && status == HOOKRAIL_OK; index++) {
        if (has(wanted, TIMES[index].name)) {
            status = TIMES[index].set(options, get_int(wanted, TIMES[index].name), error);
        }
    }
    for (size_t index = 0; index < COUNT(SIZES) && status == HOOKRAIL_OK; index++) {
        if (has(wanted, SIZES[index].name)) {
            status = SIZES[index].set(options, (size_t)get_int(wanted, SIZES[index].name), error);
        }
    }
    for (size_t index = 0; index < COUNT(COUNTS) && status == HOOKRAIL_OK; index++) {
        if (has(wanted, COUNTS[index].name)) {
            int32_t count = (int32_t)get_int(wanted, COUNTS[index].name);
            status = COUNTS[index].set(options, count, error);
        }
    }
    return status;
}

static hookrail_status set_others(struct request *request, const json_t *wanted,
                                  hookrail_client_options *options, hookrail_error **error)
{
    hookrail_status status = HOOKRAIL_OK;
    for (size_t index = 0; index < COUNT(TEXTS) && status == HOOKRAIL_OK; index++) {
        if (has(wanted, TEXTS[index].name)) {
            struct bytes text = get_bytes(request, wanted, TEXTS[index].name);
            status = TEXTS[index].set(options, BYTES(text), error);
        }
    }
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(wanted, "headers"), name, value)
    {
        if (status == HOOKRAIL_OK) {
            status = hookrail_client_options_add_header(options, name, strlen(name),
                                                        json_string_value(value),
                                                        json_string_length(value), error);
        }
    }
    const json_t *backoff = json_object_get(wanted, "backoff_ms");
    if (backoff != NULL && status == HOOKRAIL_OK) {
        int64_t base = json_integer_value(json_array_get(backoff, 0));
        int64_t cap = json_integer_value(json_array_get(backoff, 1));
        status = hookrail_client_options_set_backoff_ms(options, base, cap, error);
    }
    if (has(wanted, "respect_retry_after") && status == HOOKRAIL_OK) {
        bool respect = get_flag(wanted, "respect_retry_after");
        status = hookrail_client_options_set_respect_retry_after(options, respect, error);
    }
    if (get_flag(wanted, "extra_roots_only") && status == HOOKRAIL_OK) {
        int32_t roots = HOOKRAIL_TLS_ROOTS_EXTRA_ONLY;
        status = hookrail_client_options_set_tls_roots(options, roots, error);
    }
    if (get_flag(wanted, "no_proxy") && status == HOOKRAIL_OK) {
        status = hookrail_client_options_set_proxy(options, NULL, 0, error);
    }
    return status;
}

json_t *client_new(struct request *request)
{
    struct bytes api_key = get_bytes(request, request->members, "api_key");
    struct bytes base_url = get_bytes(request, request->members, "base_url");
    const json_t *wanted = json_object_get(request->members, "options");
    hookrail_client_options *options = hookrail_client_options_new();
    hookrail_client *client = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = set_numbers(wanted, options, &error);
    if (status == HOOKRAIL_OK) {
        status = set_others(request, wanted, options, &error);
    }
    if (status == HOOKRAIL_OK) {
        status = hookrail_client_new(BYTES(api_key), BYTES(base_url), options, &client, &error);
    }
    hookrail_client_options_free(options);
    if (status != HOOKRAIL_OK) {
        return reply_error(status, error);
    }
    add_client(get_text(request->members, "client"), client);
    return reply_ok(json_object());
}

json_t *client_free(struct request *request)
{
    remove_client(get_text(request->members, "client"));
    return reply_ok(json_object());
}

static json_t *reply_accepted(hookrail_status status, hookrail_accepted *accepted,
                              hookrail_error *error)
{
    if (status != HOOKRAIL_OK) {
        return reply_error(status, error);
    }
    json_t *result = accepted_result(accepted);
    hookrail_accepted_free(accepted);
    return reply_ok(result);
}

json_t *send_event(struct request *request)
{
    struct bytes topic = get_bytes(request, request->members, "topic");
    struct bytes payload = get_bytes(request, request->members, "payload");
    hookrail_cancel *token = take_token(request);
    hookrail_send_options *options = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = new_send_options(request, &options, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_send_options_set_cancel(options, token, &error);
    }
    if (status == HOOKRAIL_OK) {
        status = hookrail_send_event(client_of(request), BYTES(topic), BYTES(payload), options,
                                     &accepted, &error);
    }
    hookrail_send_options_free(options);
    give_back_token(token);
    return reply_accepted(status, accepted, error);
}

json_t *prepare(struct request *request)
{
    struct bytes topic = get_bytes(request, request->members, "topic");
    struct bytes payload = get_bytes(request, request->members, "payload");
    hookrail_send_options *options = NULL;
    hookrail_prepared *prepared = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = new_send_options(request, &options, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_event_prepare(client_of(request), BYTES(topic), BYTES(payload), options,
                                        &prepared, &error);
    }
    hookrail_send_options_free(options);
    if (status != HOOKRAIL_OK) {
        return reply_error(status, error);
    }
    json_t *result =
        json_pack("{s:o, s:s}", "blob",
                  encoded(hookrail_prepared_blob(prepared), hookrail_prepared_blob_len(prepared)),
                  "idempotency_key", hookrail_prepared_idempotency_key(prepared));
    hookrail_prepared_free(prepared);
    return reply_ok(result);
}

json_t *send_prepared(struct request *request)
{
    struct bytes blob = get_bytes(request, request->members, "blob");
    int64_t timeout = get_int_or(request->members, "timeout_ms", 0);
    hookrail_cancel *token = take_token(request);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_send_prepared(client_of(request), BYTES(blob), token, timeout, &accepted, &error);
    give_back_token(token);
    return reply_accepted(status, accepted, error);
}

json_t *get_event(struct request *request)
{
    struct bytes event_id = get_bytes(request, request->members, "event_id");
    int64_t timeout = get_int_or(request->members, "timeout_ms", 0);
    hookrail_cancel *token = take_token(request);
    hookrail_event_status *event = NULL;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_get_event(client_of(request), BYTES(event_id), token, timeout, &event, &error);
    give_back_token(token);
    if (status != HOOKRAIL_OK) {
        return reply_error(status, error);
    }
    json_t *result = event_result(event);
    hookrail_event_status_free(event);
    return reply_ok(result);
}

json_t *stats(struct request *request)
{
    char counters[4096];
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_client_stats(client_of(request), counters, sizeof counters, NULL, &error);
    return status == HOOKRAIL_OK ? reply_ok(json_loads(counters, 0, NULL))
                                 : reply_error(status, error);
}
