/*
 * The driver of the C ABI: translates the line protocol of the conformance suite into calls of
 * hookrail.h. It is also an example of the use of the library from C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "commands.h"

static json_t *hello(struct request *request);

static const struct {
    const char *name;
    json_t *(*run)(struct request *);
} COMMANDS[] = {
    {"hello", hello},
    {"verify", verify},
    {"verify_chunks", verify_chunks},
    {"verify_once", verify_once},
    {"verify_request", verify_request},
    {"sign", sign},
    {"client_new", client_new},
    {"client_free", client_free},
    {"send", send_event},
    {"prepare", prepare},
    {"send_prepared", send_prepared},
    {"get_event", get_event},
    {"stats", stats},
    {"close", close_client},
    {"submit", submit},
    {"submit_prepared", submit_prepared},
    {"collect", collect},
    {"flush", flush},
    {"pending", pending},
    {"cancel_submitted", cancel_submitted},
    {"purge", purge},
};

static const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS;

static json_t *hello(struct request *request)
{
    (void)request;
    json_t *names = json_array();
    for (size_t index = 0; index < COMMAND_COUNT; index++) {
        json_array_append_new(names, json_string(COMMANDS[index].name));
    }
    return reply_ok(json_pack("{s:i, s:s, s:s, s:s, s:o}", "protocol", 1, "language", "c",
                              "version", hookrail_version(), "cancellation", "error", "commands",
                              names));
}

static json_t *answer(struct request *request)
{
    const char *name = get_text(request->members, "command");
    for (size_t index = 0; index < COMMAND_COUNT; index++) {
        if (strcmp(COMMANDS[index].name, name) == 0) {
            return COMMANDS[index].run(request);
        }
    }
    return json_pack("{s:s}", "unsupported", "there is no such command");
}

int main(void)
{
    if (hookrail_abi_version() != HOOKRAIL_ABI_VERSION) {
        fail("the library is not the one of hookrail.h", hookrail_version());
    }
    handle_signal();
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        struct request request = request_parse(line, (size_t)length);
        json_t *reply = answer(&request);
        json_object_set(reply, "id", json_object_get(request.members, "id"));
        if (json_dumpf(reply, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF
            || fflush(stdout) != 0) {
            fail("an answer cannot be written", get_text(request.members, "command"));
        }
        json_decref(reply);
        request_free(&request);
    }
    free(line);
    free_clients();
    return 0;
}
