#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

/* One buffer for all connections: the server has one thread, and a connection leaves nothing in it.
 * */
static char input[64 * 1024];

struct connection {
    int fd;
    SSL *ssl;
    struct totals *totals;
    struct http_request request;
    /* While the answer is delayed: when it is due, and the connection whose answer is due next. */
    int is_delayed;
    int64_t due;
    struct connection *next;
};

/* The connections whose answers are delayed. As all delays are equal, the first is due first. */
static struct connection *first_delayed;
static struct connection *last_delayed;

enum { INPUT_NONE_YET = -1, INPUT_ENDED = 0 };

struct connection *connection_open(int fd, SSL_CTX *tls, struct totals *totals)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return NULL;
    }
    connection->fd = fd;
    connection->totals = totals;
    if (tls != NULL) {
        connection->ssl = SSL_new(tls);
        if (connection->ssl == NULL || SSL_set_fd(connection->ssl, fd) != 1) {
            connection_close(connection);
            return NULL;
        }
        SSL_set_accept_state(connection->ssl);
    }
    totals->connections++;
    return connection;
}

static void note_tls(struct connection *connection)
{
    char negotiated[sizeof connection->totals->tls];
    snprintf(negotiated, sizeof negotiated, "%s %s", SSL_get_version(connection->ssl),
             SSL_get_cipher_name(connection->ssl));
    char *noted = connection->totals->tls;
    if (noted[0] != '\0' && strcmp(noted, negotiated) != 0) {
        strcpy(negotiated, "mixed");
    }
    strcpy(noted, negotiated);
}

/* Reads. Returns the number of bytes, INPUT_NONE_YET or INPUT_ENDED. */
static int receive(struct connection *connection)
{
    if (connection->ssl == NULL) {
        ssize_t received = recv(connection->fd, input, sizeof input, 0);
        if (received < 0) {
            return errno == EAGAIN || errno == EINTR ? INPUT_NONE_YET : INPUT_ENDED;
        }
        return (int)received;
    }
    int was_connected = SSL_is_init_finished(connection->ssl);
    int received = SSL_read(connection->ssl, input, sizeof input);
    if (!was_connected && SSL_is_init_finished(connection->ssl)) {
        note_tls(connection);
    }
    if (received > 0) {
        return received;
    }
    return SSL_get_error(connection->ssl, received) == SSL_ERROR_WANT_READ ? INPUT_NONE_YET
                                                                           : INPUT_ENDED;
}

/* The answer always fits into the socket's buffer: the client reads one before it sends the next
 * request. */
static int answer(struct connection *connection)
{
    size_t length;
    const char *bytes = http_accepted(&length);
    connection->totals->requests++;
    if (connection->ssl == NULL) {
        return send(connection->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
    }
    return SSL_write(connection->ssl, bytes, (int)length) == (int)length;
}

static int64_t now_in_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void delay(struct connection *connection)
{
    connection->is_delayed = 1;
    connection->due = now_in_milliseconds() + connection->totals->delay_ms;
    connection->next = NULL;
    if (first_delayed == NULL) {
        first_delayed = connection;
    } else {
        last_delayed->next = connection;
    }
    last_delayed = connection;
}

int connection_answer_delayed(void)
{
    while (first_delayed != NULL) {
        struct connection *connection = first_delayed;
        int64_t left = connection->due - now_in_milliseconds();
        if (left > 0) {
            return (int)left;
        }
        first_delayed = connection->next;
        connection->is_delayed = 0;
        if (connection->fd < 0) {
            connection_close(connection);
        } else {
            /* After a failure, the input ends. */
            answer(connection);
        }
    }
    return -1;
}

/* Handles bytes. Returns 0 if the connection must end. */
static int take(struct connection *connection, const char *bytes, size_t length)
{
    while (length > 0) {
        switch (http_request_take(&connection->request, &bytes, &length)) {
        case HTTP_INVALID:
            return 0;
        case HTTP_COMPLETE:
            if (connection->totals->delay_ms > 0) {
                delay(connection);
            } else if (!answer(connection)) {
                return 0;
            }
            break;
        case HTTP_INCOMPLETE:
            break;
        }
    }
    return 1;
}

int connection_serve(struct connection *connection)
{
    /* epoll reports data left in the socket again, but not data that OpenSSL holds. */
    do {
        int received = receive(connection);
        if (received == INPUT_NONE_YET) {
            return 1;
        }
        if (received == INPUT_ENDED || !take(connection, input, (size_t)received)) {
            return 0;
        }
    } while (connection->ssl != NULL && SSL_has_pending(connection->ssl));
    return 1;
}

void connection_close(struct connection *connection)
{
    SSL_free(connection->ssl);
    connection->ssl = NULL;
    if (connection->fd >= 0) {
        close(connection->fd);
    }
    connection->fd = -1;
    if (!connection->is_delayed) {
        free(connection);
    }
}
