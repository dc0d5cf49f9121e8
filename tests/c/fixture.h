/* What most tests begin with. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <hookrail.h>
#include <stdbool.h>

#include "devserver.h"

/* A string literal or a NUL-terminated string as the two arguments that the library takes. */
#define TEXT(text) (text), strlen(text)

#define API_KEY "hk_dev"
/* What the development server shows of it: the beginning of its SHA-256. */
#define API_KEY_DIGEST "sha256:a789be255460cd2d"

/* Options for a server of the runner: its authority is trusted, retries follow within milliseconds.
 */
hookrail_client_options *new_options(enum server server);

/* A client with these options, which are freed. */
hookrail_client *new_client_with(enum server server, hookrail_client_options *options);

/* A client for a server of the runner, which is reset. */
hookrail_client *new_client(enum server server);

/* Sends an event without options or outputs. */
hookrail_status send_simple(const hookrail_client *client, const char *payload);

/* The URL of a port of this machine that refuses connections, and is nobody else's. */
const char *refusing_url(void);

/* Waits until no thread of the library is left, and says whether that came to be. For tests that
 * give a call up and do not wait for its thread: what it holds when the process ends looks like a
 * leak. */
bool threads_have_ended(void);

/* Waits until no thread is left whose name begins so, and says whether that came to be. */
bool thread_has_ended(const char *name);

#endif
