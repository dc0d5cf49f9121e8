#include "client.h"

#include <string.h>

#include "event.h"
#include "fail.h"

void fail_with(const char *what, hookrail_error *error)
{
    fail("%s: %s", what, hookrail_error_message(error));
}

hookrail_client *client_open(const struct options *options, hookrail_client_options *settings)
{
    options_require(options->url, "url");
    hookrail_client_options *own = hookrail_client_options_new();
    hookrail_client_options *used = settings == NULL ? own : settings;
    hookrail_client *client = NULL;
    hookrail_error *error = NULL;
    if (options->ca != NULL
        && hookrail_client_options_add_ca_file(used, options->ca, strlen(options->ca), &error)
               != HOOKRAIL_OK) {
        fail_with("the certificate authority", error);
    }
    if (hookrail_client_new(EVENT_API_KEY, strlen(EVENT_API_KEY), options->url,
                            strlen(options->url), used, &client, &error)
        != HOOKRAIL_OK) {
        fail_with("the client", error);
    }
    hookrail_client_options_free(own);
    return client;
}
