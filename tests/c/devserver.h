/*
 * The hookrail-devservers that the runner has started, and their control endpoints.
 *
 * A failure that only a broken set-up can cause ends the program with a message.
 */
#ifndef DEVSERVER_H
#define DEVSERVER_H

#include <stddef.h>

/* The servers. */
enum server {
    HTTP,
    HTTPS,
    /* https with a certificate for another host, of an authority of its own. */
    HTTPS_OTHER_HOST
};

/* Returns its base URL. */
const char *devserver_url(enum server server);

/* Returns the PEM file with the authority of its certificate; NULL for HTTP. */
const char *devserver_ca_file(enum server server);

/* Returns the PEM files of its certificate and of the key. */
const char *devserver_certificate_file(enum server server);
const char *devserver_key_file(enum server server);

/* Forgets requests, events, counts and fault rules. */
void devserver_reset(enum server server);

/* Sets the fault rules: a JSON list. */
void devserver_set_faults(enum server server, const char *rules);

/* Returns a count of its summary, for example "events". */
long devserver_count(enum server server, const char *name);

/* Waits until counts are reached, for example "requests=2&open_connections=1". */
void devserver_wait(enum server server, const char *bounds);

/* Returns its requests, or its events, as JSON. The caller frees it. */
char *devserver_requests(enum server server);
char *devserver_events(enum server server);

/* Returns the value of an environment variable that the runner sets. */
const char *required_environment(const char *name);

/* Returns the contents of a file with a NUL behind them. The caller frees it. `length` may be NULL.
 */
char *read_file(const char *path, size_t *length);

#endif
