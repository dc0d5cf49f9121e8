/*
 * A webhook receiver: a small HTTP server that acts only on authentic deliveries.
 *
 *     HOOKRAIL_ENDPOINT_SECRET=whsec_... receiver [PORT]
 *
 * It listens on 127.0.0.1 and prints its URL. SIGTERM and SIGINT end it.
 *
 * It accepts only requests with Content-Length, as the service sends them, and answers 411 to
 * Transfer-Encoding: chunked. The service takes 411 as final, and the delivery is lost. If a
 * gateway sends bodies in chunks, put an HTTP server in front that buffers them, or verify
 * in a real HTTP server instead of this one.
 *
 * HOOKRAIL_MISMATCH_STATUS is the status for a signature that does not match or whose time is
 * stale; the default is 401. The service gives a delivery up at its first 401, but tries again
 * after a 503. So a rotation of the secret loses nothing in this order: start the receivers with
 * 503; rotate; start them without the 503, with the new secret, and with the old one in
 * HOOKRAIL_PREVIOUS_ENDPOINT_SECRET; remove the old one once no delivery matches it any more.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <hookrail.h>

#include "http.h"

/*
 * The service accepts 256 KiB of payload, but delivers it in the form of PostgreSQL's jsonb, with
 * numbers written out. This can be fifty times as much: 13 MB. A delivery that is refused with 413
 * is lost. Memory is allocated for bytes that have arrived, not for the announced length, because
 * the sender may be an attacker.
 */
#define MAX_BODY ((size_t)16 * 1024 * 1024)
#define FIRST_BODY_ROOM ((size_t)4096)
#define MAX_CONNECTIONS 64
#define TIMEOUT_SECONDS 10
#define MAX_DELIVERY_ID 128
#define REMEMBERED_DELIVERIES 1024
/* The part of a body that is printed. */
#define MAX_SHOWN 200

/* Shared by the threads: a verifier needs no lock. */
static hookrail_verifier *verifier;
static int mismatch_status = 401;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t connection_ended = PTHREAD_COND_INITIALIZER;
static int connections;
static char remembered[REMEMBERED_DELIVERIES][MAX_DELIVERY_ID + 1];
static size_t next_remembered;

static volatile sig_atomic_t stopping;

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

/*
 * Deliveries come at least once: this returns whether a delivery is new, and remembers it. A real
 * receiver does this in its database, in the transaction that acts on the event.
 */
static bool is_new(const char *delivery_id, size_t length)
{
    bool found = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < REMEMBERED_DELIVERIES && !found; i++) {
        found = strlen(remembered[i]) == length && memcmp(remembered[i], delivery_id, length) == 0;
    }
    if (!found) {
        memcpy(remembered[next_remembered], delivery_id, length);
        remembered[next_remembered][length] = '\0';
        next_remembered = (next_remembered + 1) % REMEMBERED_DELIVERIES;
    }
    pthread_mutex_unlock(&lock);
    return !found;
}

static void act_on(const struct http_request *request, const char *delivery_id, size_t id_length,
                   const char *body, size_t body_length)
{
    size_t topic_length = 0;
    const char *topic = http_field(request, "hookrail-topic", &topic_length);
    int shown = body_length > MAX_SHOWN ? MAX_SHOWN : (int)body_length;
    printf("verified %sdelivery %.*s, topic %.*s: %.*s%s\n",
           is_new(delivery_id, id_length) ? "" : "(again) ", (int)id_length, delivery_id,
           topic == NULL ? 0 : (int)topic_length, topic == NULL ? "" : topic, shown, body,
           body_length > MAX_SHOWN ? "..." : "");
    fflush(stdout);
}

/* The answer does not give the reason to the sender. The log has it. */
static int refuse(int http_status, const char *why)
{
    printf("refused with %d: %s\n", http_status, why);
    fflush(stdout);
    return http_status;
}

/* The part of a body that has arrived. */
struct body {
    char *bytes;
    size_t length;
    size_t room;
};

/* Makes room for at least one byte of a body of `whole` bytes; returns false if there is no memory.
 * */
static bool make_room(struct body *body, size_t whole)
{
    if (body->length < body->room) {
        return true;
    }
    size_t room = body->room == 0 ? FIRST_BODY_ROOM : 2 * body->room;
    room = room < whole ? room : whole;
    char *bytes = realloc(body->bytes, room);
    if (bytes != NULL) {
        body->bytes = bytes;
        body->room = room;
    }
    return bytes != NULL;
}

/* Returns the next piece of the body, of which some came with the head; 0 at an early end. */
static size_t next_piece(int connection, const struct http_request *request, struct body *body)
{
    char *to = body->bytes + body->length;
    size_t most = body->room - body->length;
    if (body->length >= request->body_start_length) {
        return http_read(connection, to, most);
    }
    size_t left = request->body_start_length - body->length;
    size_t length = left < most ? left : most;
    memcpy(to, request->body_start + body->length, length);
    return length;
}

/* Reads the body through the verification. */
static hookrail_status read_body(int connection, const struct http_request *request,
                                 hookrail_verification *verification, struct body *body,
                                 hookrail_error **error)
{
    hookrail_status status =
        hookrail_verification_set_content_length(verification, request->content_length, error);
    while (status == HOOKRAIL_OK && body->length < request->content_length) {
        size_t got = 0;
        if (make_room(body, request->content_length)) {
            got = next_piece(connection, request, body);
        }
        if (got == 0) {
            /* A part is missing: the verdict will be HOOKRAIL_BODY_INCOMPLETE. */
            break;
        }
        status = hookrail_verification_update(verification, body->bytes + body->length, got, error);
        body->length += got;
    }
    return status == HOOKRAIL_OK
               ? hookrail_verification_finish(verification, NULL, NULL, NULL, error)
               : status;
}

/*
 * Returns the HTTP status for a request that does not verify. The statuses that the service takes
 * as final are listed. A delivery must not be lost through a failure that has nothing to do with
 * its signature, such as one of the library, or one that only a newer library knows. After a 500
 * the service sends the delivery again.
 */
static int answer_to(hookrail_status status)
{
    switch (status) {
    case HOOKRAIL_SIGNATURE_MISSING:
        return 400;
    case HOOKRAIL_BODY_INCOMPLETE:
        /* The service sends the delivery again. */
        return 408;
    case HOOKRAIL_BODY_TOO_LARGE:
        return 413;
    case HOOKRAIL_SIGNATURE_MISMATCH:
    case HOOKRAIL_TIMESTAMP_TOO_OLD:
    case HOOKRAIL_TIMESTAMP_TOO_NEW:
        return mismatch_status;
    case HOOKRAIL_SIGNATURE_MALFORMED:
        return 401;
    default:
        return 500;
    }
}

/* Verifies a request and acts on it; returns the HTTP status of the answer. */
static int handle(int connection, const struct http_request *request)
{
    char signature[HOOKRAIL_SIGNATURE_SIZE];
    size_t signature_size = 0;
    const char *delivery_id = NULL;
    size_t id_length = 0;
    struct body body = {NULL, 0, 0};
    hookrail_verification *verification = NULL;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_join_headers(request->names, request->name_lengths, request->values,
                              request->value_lengths, request->field_count, signature,
                              sizeof signature, &signature_size, &delivery_id, &id_length, &error);
    if (status == HOOKRAIL_OK) {
        /* A request that cannot verify is refused before its body is read. */
        status = hookrail_verifier_begin(verifier, signature, signature_size - 1, delivery_id,
                                         id_length, MAX_BODY, HOOKRAIL_NOW, &verification, &error);
    }
    if (status == HOOKRAIL_OK) {
        status = read_body(connection, request, verification, &body, &error);
    }
    int answer = 200;
    if (status == HOOKRAIL_OK) {
        act_on(request, delivery_id, id_length, body.bytes == NULL ? "" : body.bytes, body.length);
    } else {
        answer = refuse(answer_to(status), hookrail_error_message(error));
    }
    free(body.bytes);
    hookrail_verification_free(verification);
    hookrail_error_free(error);
    return answer;
}

static void *serve_connection(void *argument)
{
    int connection = (int)(intptr_t)argument;
    struct http_request request;
    int status = http_read_head(connection, &request);
    if (status == 0) {
        status = handle(connection, &request);
    }
    if (status > 0) {
        http_answer(connection, status);
    }
    close(connection);
    pthread_mutex_lock(&lock);
    connections--;
    pthread_cond_signal(&connection_ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void serve(int connection)
{
    const struct timeval timeout = {TIMEOUT_SECONDS, 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    pthread_mutex_lock(&lock);
    while (connections == MAX_CONNECTIONS) {
        pthread_cond_wait(&connection_ended, &lock);
    }
    connections++;
    pthread_mutex_unlock(&lock);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve_connection, (void *)(intptr_t)connection) == 0) {
        pthread_detach(thread);
    } else {
        serve_connection((void *)(intptr_t)connection);
    }
}

static void wait_for_connections(void)
{
    pthread_mutex_lock(&lock);
    while (connections > 0) {
        pthread_cond_wait(&connection_ended, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    const int on = 1;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
        || bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, 64) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("cannot listen");
        return -1;
    }
    printf("listening on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static bool add_secret_of(const char *variable, hookrail_verifier_options *options)
{
    const char *secret = getenv(variable);
    hookrail_error *error = NULL;
    if (secret != NULL
        && hookrail_verifier_options_add_secret(options, secret, strlen(secret), &error)
               != HOOKRAIL_OK) {
        fprintf(stderr, "%s: %s\n", variable, hookrail_error_message(error));
        hookrail_error_free(error);
        return false;
    }
    return true;
}

/* Reads the status for a mismatch from the environment. */
static bool set_mismatch_status(void)
{
    const char *text = getenv("HOOKRAIL_MISMATCH_STATUS");
    if (text != NULL && strcmp(text, "401") != 0 && strcmp(text, "503") != 0) {
        fprintf(stderr, "HOOKRAIL_MISMATCH_STATUS must be 401 or 503\n");
        return false;
    }
    mismatch_status = text != NULL && strcmp(text, "503") == 0 ? 503 : 401;
    return true;
}

static bool make_verifier(void)
{
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    hookrail_error *error = NULL;
    bool ready = add_secret_of("HOOKRAIL_ENDPOINT_SECRET", options)
                 && add_secret_of("HOOKRAIL_PREVIOUS_ENDPOINT_SECRET", options);
    if (ready && hookrail_verifier_new(options, &verifier, &error) != HOOKRAIL_OK) {
        fprintf(stderr, "set HOOKRAIL_ENDPOINT_SECRET: %s\n", hookrail_error_message(error));
        hookrail_error_free(error);
        ready = false;
    }
    hookrail_verifier_options_free(options);
    return ready;
}

/* Accepts connections until a signal comes. Signals are unblocked only while it waits for a
 * connection. */
static void accept_until_stopped(int listener)
{
    struct sigaction action;
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    while (!stopping) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(listener, &readable);
        if (pselect(listener + 1, &readable, NULL, NULL, NULL, &before) == 1) {
            int connection = accept(listener, NULL, NULL);
            if (connection >= 0) {
                serve(connection);
            }
        }
    }
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long port = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
    if (argc > 2 || port > UINT16_MAX || (end != NULL && (*end != '\0' || end == argv[1]))) {
        fprintf(stderr, "usage: %s [PORT]\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (!set_mismatch_status() || !make_verifier()) {
        return EXIT_FAILURE;
    }
    int listener = listen_on((uint16_t)port);
    if (listener >= 0) {
        accept_until_stopped(listener);
        close(listener);
        wait_for_connections();
    }
    hookrail_verifier_free(verifier);
    return listener >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
