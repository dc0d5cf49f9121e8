#include "clients.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A submitted event. */
struct event {
    struct event *next;
    json_int_t tag;
    uint64_t token;
};

struct client {
    struct client *next;
    char *name;
    hookrail_client *handle;
    struct event *events;
};

static struct client *clients;

/* The token that the signal handler fires. */
static hookrail_cancel *volatile under_way;

static void cancel_call(int signal)
{
    (void)signal;
    hookrail_cancel_fire(under_way);
}

void handle_signal(void)
{
    /* A signal without a call must not interrupt the reading of requests. */
    struct sigaction action = {.sa_handler = cancel_call, .sa_flags = SA_RESTART};
    if (sigaction(SIGUSR1, &action, NULL) != 0) {
        fail("no signal handler", "SIGUSR1");
    }
}

hookrail_cancel *take_token(const struct request *request)
{
    hookrail_cancel *token = NULL;
    if (!has(request->members, "cancel")) {
        return NULL;
    }
    if (hookrail_cancel_new(&token, NULL) != HOOKRAIL_OK) {
        fail("no cancel token", "hookrail_cancel_new");
    }
    if (strcmp(get_text(request->members, "cancel"), "before") == 0) {
        hookrail_cancel_fire(token);
    }
    under_way = token;
    return token;
}

void give_back_token(hookrail_cancel *token)
{
    under_way = NULL;
    hookrail_cancel_free(token);
}

void add_client(const char *name, hookrail_client *handle)
{
    struct client *client = calloc(1, sizeof *client);
    char *copy = strdup(name);
    if (client == NULL || copy == NULL) {
        fail("no memory", name);
        return;
    }
    *client = (struct client){clients, copy, handle, NULL};
    clients = client;
}

static void free_client(struct client *client)
{
    while (client->events != NULL) {
        struct event *event = client->events;
        client->events = event->next;
        free(event);
    }
    hookrail_client_free(client->handle);
    free(client->name);
    free(client);
}

void remove_client(const char *name)
{
    for (struct client **place = &clients; *place != NULL; place = &(*place)->next) {
        struct client *client = *place;
        if (strcmp(client->name, name) == 0) {
            *place = client->next;
            free_client(client);
            return;
        }
    }
    fail("there is no client", name);
}

void free_clients(void)
{
    while (clients != NULL) {
        struct client *client = clients;
        clients = client->next;
        free_client(client);
    }
}

static struct client *find(const struct request *request)
{
    const char *name = get_text(request->members, "client");
    struct client *client = clients;
    while (client != NULL && strcmp(client->name, name) != 0) {
        client = client->next;
    }
    if (client == NULL) {
        fail("there is no client", name);
    }
    return client;
}

const hookrail_client *client_of(const struct request *request)
{
    return find(request)->handle;
}

void remember_event(const struct request *request, uint64_t token)
{
    struct client *client = find(request);
    struct event *event = malloc(sizeof *event);
    if (event == NULL) {
        fail("no memory", "for an event");
        return;
    }
    *event = (struct event){client->events, get_int(request->members, "tag"), token};
    client->events = event;
}

uint64_t event_of(const struct request *request)
{
    json_int_t tag = get_int(request->members, "tag");
    for (struct event *event = find(request)->events; event != NULL; event = event->next) {
        if (event->tag == tag) {
            return event->token;
        }
    }
    fail("no event has this", "tag");
    return 0;
}

hookrail_status new_send_options(struct request *request, hookrail_send_options **out,
                                 hookrail_error **error)
{
    const json_t *members = request->members;
    struct bytes idempotency_key = get_bytes(request, members, "idempotency_key");
    struct bytes ordering_key = get_bytes(request, members, "ordering_key");
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_status status = HOOKRAIL_OK;
    if (has(members, "idempotency_key")) {
        status = hookrail_send_options_set_idempotency_key(options, BYTES(idempotency_key), error);
    }
    if (has(members, "ordering_key") && status == HOOKRAIL_OK) {
        status = hookrail_send_options_set_ordering_key(options, BYTES(ordering_key), error);
    }
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(members, "headers"), name, value)
    {
        if (status == HOOKRAIL_OK) {
            status = hookrail_send_options_add_header(options, name, strlen(name),
                                                      json_string_value(value),
                                                      json_string_length(value), error);
        }
    }
    if (has(members, "timeout_ms") && status == HOOKRAIL_OK) {
        int64_t timeout = get_int(members, "timeout_ms");
        status = hookrail_send_options_set_timeout_ms(options, timeout, error);
    }
    *out = options;
    return status;
}
