/* Sends events with libhookrail: one client, shared by all threads. */
#include <string.h>

#include "client.h"
#include "event.h"
#include "fail.h"
#include "load.h"

struct sender {
    const hookrail_client *client;
    const struct options *options;
};

static void *setup(const struct options *options)
{
    options_require(options->payload, "payload");
    return client_open(options, NULL);
}

static void *open_sender(const struct options *options, void *client)
{
    struct sender *sender = malloc(sizeof *sender);
    if (sender == NULL) {
        fail("no memory");
    }
    *sender = (struct sender){.client = client, .options = options};
    return sender;
}

static void send_one(void *own)
{
    struct sender *sender = own;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    if (hookrail_send_event(sender->client, EVENT_TOPIC, strlen(EVENT_TOPIC),
                            sender->options->payload, sender->options->payload_length, NULL,
                            &accepted, &error)
        != HOOKRAIL_OK) {
        fail_with("a send", error);
    }
    if (hookrail_accepted_event_id(accepted)[0] == '\0') {
        fail("an event without an id");
    }
    hookrail_accepted_free(accepted);
}

static void teardown(void *client)
{
    hookrail_client_free(client);
}

int main(int argc, char **argv)
{
    const struct load load = {setup, open_sender, send_one, free, teardown};
    return load_main(argc, argv, &load);
}
