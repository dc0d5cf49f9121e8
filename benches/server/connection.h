/* A connection, with or without TLS, and the totals over all connections. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <openssl/ssl.h>
#include <stdint.h>

struct connection;

struct totals {
    uint64_t connections;
    uint64_t requests;
    /* The result of the first connection's negotiation; "mixed" if another one differs. */
    char tls[96];
    /* The time from a request to its answer. */
    int delay_ms;
};

/* Takes over the descriptor. `tls` may be NULL. Returns NULL, and closes the descriptor, if there
 * is no memory or no state for OpenSSL. */
struct connection *connection_open(int fd, SSL_CTX *tls, struct totals *totals);

/* Reads the available input and answers complete requests. Returns 0 if the connection has ended.
 * */
int connection_serve(struct connection *connection);

/* Sends the answers that are due. Returns the time until the next one in milliseconds; -1 if there
 * is none. */
int connection_answer_delayed(void);

void connection_close(struct connection *connection);

#endif
