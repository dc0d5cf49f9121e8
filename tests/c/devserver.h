/*
 * The hookrail-devservers that the runner has started, and their control endpoints.
 *
 * What cannot work only if the set-up is broken ends the program with a message.
 */
#ifndef DEVSERVER_H
#define DEVSERVER_H

#include <stddef.h>

/* Which of the servers. */
enum server {
    HTTP,
    HTTPS,
    /* https with a certificate for another host, of an authority of its own. */
    HTTPS_OTHER_HOST
};

/* Its base URL. */
const char *devserver_url(enum server server);

/* The PEM file with the authority that its certificate comes from; NULL for HTTP. */
const char *devserver_ca_file(enum server server);

/* Forgets requests, events, counts and fault rules. */
void devserver_reset(enum server server);

/* Sets the fault rules: a JSON list. */
void devserver_set_faults(enum server server, const char *rules);

/* A count of its summary, for example "events". */
long devserver_count(enum server server, const char *name);

/* Waits until counts are reached, for example "requests=2&open_connections=1". */
void devserver_wait(enum server server, const char *bounds);

/* The requests it saw, or the events it recorded, as JSON; to be freed. */
char *devserver_requests(enum server server);
char *devserver_events(enum server server);

/* The value of an environment variable that the runner sets. */
const char *required_environment(const char *name);

/* The contents of a file with a NUL behind them; to be freed. `length` may be NULL. */
char *read_file(const char *path, size_t *length);

#endif
