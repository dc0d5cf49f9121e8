/* The clients that the driver holds, by their names, and the token that a signal fires. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <hookrail.h>

#include "request.h"

/* From now on SIGUSR1 cancels the call under way. */
void handle_signal(void);

/* The token that a request asks for, NULL where it asks for none; to be given back. */
hookrail_cancel *take_token(const struct request *request);
void give_back_token(hookrail_cancel *token);

void add_client(const char *name, hookrail_client *client);
void remove_client(const char *name);
void free_clients(void);

/* The client that a request names. */
const hookrail_client *client_of(const struct request *request);

/* Remembers the token of the event that a request submitted, by its tag, and finds it again. */
void remember_event(const struct request *request, uint64_t token);
uint64_t event_of(const struct request *request);

/* The send options that a request describes, to be freed; NULL where there are none. */
hookrail_status new_send_options(struct request *request, hookrail_send_options **options,
                                 hookrail_error **error);

#endif
