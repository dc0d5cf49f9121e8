/*
 * Measures the first event of a process: loading the library, making a client, sending. Each step
 * happens once in a process, so each sample needs a new process.
 */
#include <dlfcn.h>
#include <string.h>

#include <hookrail.h>

#include "event.h"
#include "fail.h"
#include "report.h"

/* The functions that are looked up in the loaded library. */
#define FUNCTIONS(F)                                                                               \
    F(hookrail_client_options_new)                                                                 \
    F(hookrail_client_options_add_ca_file)                                                         \
    F(hookrail_client_options_free)                                                                \
    F(hookrail_client_new)                                                                         \
    F(hookrail_send_event)                                                                         \
    F(hookrail_accepted_free)                                                                      \
    F(hookrail_client_free)

#define DECLARE(name) __typeof__(name) *name;
#define FIND(name) find(library, #name, &functions.name, sizeof functions.name);

static struct {
    FUNCTIONS(DECLARE)
} functions;

/* Copies the pointer, because ISO C cannot convert dlsym's result to a function pointer. */
static void find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);
    if (symbol == NULL) {
        fail("%s", dlerror());
    }
    memcpy(function, &symbol, size);
}

static void load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fail("%s", dlerror());
    }
    FUNCTIONS(FIND)
}

static hookrail_client *make_client(const struct options *options)
{
    hookrail_client_options *settings = functions.hookrail_client_options_new();
    hookrail_client *client = NULL;
    if ((options->ca != NULL
         && functions.hookrail_client_options_add_ca_file(settings, options->ca,
                                                          strlen(options->ca), NULL)
                != HOOKRAIL_OK)
        || functions.hookrail_client_new(EVENT_API_KEY, strlen(EVENT_API_KEY), options->url,
                                         strlen(options->url), settings, &client, NULL)
               != HOOKRAIL_OK) {
        fail("the client cannot be made");
    }
    functions.hookrail_client_options_free(settings);
    return client;
}

static void send_one(const hookrail_client *client, const struct options *options)
{
    hookrail_accepted *accepted = NULL;
    if (functions.hookrail_send_event(client, EVENT_TOPIC, strlen(EVENT_TOPIC), options->payload,
                                      options->payload_length, NULL, &accepted, NULL)
        != HOOKRAIL_OK) {
        fail("a send failed");
    }
    functions.hookrail_accepted_free(accepted);
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);
    options_require(options.url, "url");
    options_require(options.payload, "payload");
    options_require(options.library, "library");

    struct usage start = usage_now();
    load(options.library);
    struct usage loaded = usage_now();
    hookrail_client *client = make_client(&options);
    struct usage made = usage_now();
    send_one(client, &options);
    struct usage sent = usage_now();

    const struct figure figures[] = {{"load_us", (loaded.wall - start.wall) * 1e6},
                                     {"client_new_us", (made.wall - loaded.wall) * 1e6},
                                     {"first_send_us", (sent.wall - made.wall) * 1e6}};
    report(1, start, sent, figures, sizeof figures / sizeof figures[0]);
    functions.hookrail_client_free(client);
    free(options.payload);
    return 0;
}
