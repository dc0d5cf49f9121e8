/* The event that every program sends, and the parts from which the opponents build their requests.
 * */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>

#include "options.h"

#define EVENT_API_KEY "hk_bench"
#define EVENT_TOPIC "order.paid"
#define EVENT_USER_AGENT "hookrail-c/0.1.0"
#define EVENT_KEY_LENGTH 36

/* Writes a random UUID (version 4) with a NUL behind it. */
void event_new_key(char key[EVENT_KEY_LENGTH + 1]);

/* Returns the length of the request's body for a payload of this length. */
size_t event_body_length(size_t payload_length);

/* Writes the body. */
void event_write_body(char *body, const char *payload, size_t payload_length);

#endif
