/* A connection, with or without TLS, and what was counted over all of them. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <openssl/ssl.h>
#include <stdint.h>

struct connection;

struct totals {
    uint64_t connections;
    uint64_t requests;
    /* What the first connection negotiated; "mixed" if another one negotiated something else. */
    char tls[96];
};

/* Takes over the descriptor. `tls` may be NULL. Returns NULL, with the descriptor closed, if memory
 * or OpenSSL's state cannot be had. */
struct connection *connection_open(int fd, SSL_CTX *tls, struct totals *totals);

/* Reads what is there and answers what is complete. Returns 0 if the connection has ended. */
int connection_serve(struct connection *connection);

void connection_close(struct connection *connection);

#endif
