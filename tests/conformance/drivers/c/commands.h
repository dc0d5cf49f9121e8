/* The commands of the line protocol: each takes a request and returns its answer. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <jansson.h>

#include "request.h"

json_t *verify(struct request *request);
json_t *verify_chunks(struct request *request);
json_t *verify_once(struct request *request);
json_t *verify_request(struct request *request);
json_t *sign(struct request *request);

json_t *client_new(struct request *request);
json_t *client_free(struct request *request);
json_t *send_event(struct request *request);
json_t *prepare(struct request *request);
json_t *send_prepared(struct request *request);
json_t *get_event(struct request *request);
json_t *stats(struct request *request);

json_t *submit(struct request *request);
json_t *submit_prepared(struct request *request);
json_t *collect(struct request *request);
json_t *flush(struct request *request);
json_t *pending(struct request *request);
json_t *cancel_submitted(struct request *request);
json_t *purge(struct request *request);
json_t *close_client(struct request *request);

#endif
