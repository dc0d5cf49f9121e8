/* A server that holds requests: it answers some, and then keeps the others without an answer. It is
 * a process of its own, so that its memory is not the program's. */
#ifndef HELD_H
#define HELD_H

#include <stdint.h>
#include <sys/types.h>

struct held_server {
    pid_t process;
    /* A socket to the process. */
    int control;
    char url[64];
};

void held_server_start(struct held_server *server);

/* After `answers` more answers the server answers nothing. */
void held_server_hold_after(const struct held_server *server, uint64_t answers, uint64_t held);

/* Whether the server has all requests that it was to hold. */
int held_server_holds_all(const struct held_server *server);

/* Ends the process, and with it all connections. */
void held_server_stop(const struct held_server *server);

#endif
