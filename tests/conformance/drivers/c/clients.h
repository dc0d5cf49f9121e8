/* The driver's clients, by their names, and the token that a signal fires. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <hookrail.h>

#include "request.h"

/* Makes SIGUSR1 cancel the running call. */
void handle_signal(void);

/* Returns the token that a request asks for, or NULL. The caller gives it back. */
hookrail_cancel *take_token(const struct request *request);
void give_back_token(hookrail_cancel *token);

void add_client(const char *name, hookrail_client *client);
void remove_client(const char *name);
void free_clients(void);

/* Returns the client that a request names. */
const hookrail_client *client_of(const struct request *request);

/* Store the token of a submitted event by its tag, and find it again. */
void remember_event(const struct request *request, uint64_t token);
uint64_t event_of(const struct request *request);

/* Makes the send options of a request, or NULL if it has none. The caller frees them. */
hookrail_status new_send_options(struct request *request, hookrail_send_options **options,
                                 hookrail_error **error);

#endif
