/*
 * The benchmarks' server: it answers every event with the same 202 and does nothing else, so that
 * the benchmark measures the client.
 *
 *     bench-server [--cert FILE --key FILE] [--delay-ms N]
 *
 * With --delay-ms, each answer comes that long after its request.
 *
 * It has one thread and epoll. It prints `listening on URL` and, after SIGTERM, its counters as a
 * line of JSON.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "connection.h"

#define MAX_EVENTS 128

static volatile sig_atomic_t ended;

static void on_sigterm(int number)
{
    (void)number;
    ended = 1;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on_loopback(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0
        || listen(fd, SOMAXCONN) != 0
        || getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        fail("listen");
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static SSL_CTX *make_tls(const char *cert, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    /* No tickets: no client resumes a session here, and a ticket is one more record for each
     * client. */
    if (tls == NULL || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1
        || SSL_CTX_set_num_tickets(tls, 0) != 1
        || SSL_CTX_use_certificate_chain_file(tls, cert) != 1
        || SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "bench-server: OpenSSL does not take %s and %s\n", cert, key);
        exit(1);
    }
    return tls;
}

static void accept_all(int listener, int epoll, SSL_CTX *tls, struct totals *totals)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = connection_open(fd, tls, totals);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (connection != NULL && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
            fail("epoll_ctl");
        }
    }
}

/* Serves until SIGTERM, which is unblocked only while the server waits. */
static void serve(int listener, SSL_CTX *tls, struct totals *totals, const sigset_t *waiting_mask)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event of_listener = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &of_listener) != 0) {
        fail("epoll");
    }
    while (!ended) {
        struct epoll_event events[MAX_EVENTS];
        int count =
            epoll_pwait(epoll, events, MAX_EVENTS, connection_answer_delayed(), waiting_mask);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection == NULL) {
                accept_all(listener, epoll, tls, totals);
            } else if (!connection_serve(connection)) {
                connection_close(connection);
            }
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"cert", required_argument, NULL, 'c'},
                                          {"key", required_argument, NULL, 'k'},
                                          {"delay-ms", required_argument, NULL, 'd'},
                                          {NULL, 0, NULL, 0}};
    const char *cert = NULL;
    const char *key = NULL;
    struct totals totals = {0};
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            cert = optarg;
            break;
        case 'k':
            key = optarg;
            break;
        case 'd':
            totals.delay_ms = atoi(optarg);
            break;
        default:
            return 2;
        }
    }
    if (optind < argc || (cert == NULL) != (key == NULL)) {
        fprintf(stderr, "usage: bench-server [--cert FILE --key FILE] [--delay-ms N]\n");
        return 2;
    }

    struct sigaction action = {.sa_handler = on_sigterm};
    sigset_t blocked;
    sigset_t waiting_mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    if (sigaction(SIGTERM, &action, NULL) != 0
        || sigprocmask(SIG_BLOCK, &blocked, &waiting_mask) != 0) {
        fail("sigaction");
    }
    sigdelset(&waiting_mask, SIGTERM);
    /* OpenSSL writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);

    unsigned port;
    int listener = listen_on_loopback(&port);
    SSL_CTX *tls = cert == NULL ? NULL : make_tls(cert, key);
    printf("listening on %s://127.0.0.1:%u\n", tls == NULL ? "http" : "https", port);
    fflush(stdout);

    serve(listener, tls, &totals, &waiting_mask);
    printf("{\"requests\":%llu,\"connections\":%llu,\"tls\":\"%s\"}\n",
           (unsigned long long)totals.requests, (unsigned long long)totals.connections, totals.tls);
    return 0;
}
