/* The set-up of most tests. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <hookrail.h>
#include <stdbool.h>

#include "devserver.h"

/* A string literal or a NUL-terminated string as the two arguments that the library takes. */
#define TEXT(text) (text), strlen(text)

#define API_KEY "hk_dev"
/* The development server shows the beginning of its SHA-256. */
#define API_KEY_DIGEST "sha256:a789be255460cd2d"

/* Returns options for a server of the runner: with its authority, and with fast retries. */
hookrail_client_options *new_options(enum server server);

/* Returns a client with these options, and frees the options. */
hookrail_client *new_client_with(enum server server, hookrail_client_options *options);

/* Resets a server of the runner, and returns a client for it. */
hookrail_client *new_client(enum server server);

/* Sends an event without options or outputs. */
hookrail_status send_simple(const hookrail_client *client, const char *payload);

/* Returns the URL of a port of this machine that refuses connections; no other program has it. */
const char *refusing_url(void);

/* Waits until no thread of the library is left; returns whether none is. For tests that give up a
 * call and do not wait for its thread: its memory would look like a leak when the process ends. */
bool threads_have_ended(void);

/* Waits until no thread with a name of this beginning is left; returns whether none is. */
bool thread_has_ended(const char *name);

#endif
