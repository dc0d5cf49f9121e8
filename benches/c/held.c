#include "held.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../server/http.h"
#include "fail.h"

#define MAX_EVENTS 128

struct order {
    uint64_t answers;
    uint64_t held;
};

struct connection {
    int fd;
    struct http_request request;
};

/* The process of the server. */
struct service {
    int epoll;
    int control;
    /* The answers before the hold, and the requests to hold. */
    struct order left;
};

static void watch(const struct service *service, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    if (fd < 0 || epoll_ctl(service->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("the holding server: %s", strerror(errno));
    }
}

static void accept_one(const struct service *service, int listener)
{
    int on = 1;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL || (connection->fd = accept(listener, NULL, NULL)) < 0) {
        fail("the holding server: %s", strerror(errno));
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(service, connection->fd, connection);
}

static void handle_request(struct service *service, const struct connection *connection)
{
    size_t length;
    const char *answer = http_accepted(&length);
    if (service->left.answers > 0) {
        service->left.answers--;
        send(connection->fd, answer, length, MSG_NOSIGNAL);
    } else if (service->left.held > 0 && --service->left.held == 0) {
        write(service->control, "", 1);
    }
}

static void read_connection(struct service *service, struct connection *connection)
{
    static char input[64 * 1024];
    const char *bytes = input;
    ssize_t received = recv(connection->fd, input, sizeof input, 0);
    size_t length = received > 0 ? (size_t)received : 0;
    if (received <= 0) {
        close(connection->fd);
        free(connection);
    }
    while (length > 0) {
        switch (http_request_take(&connection->request, &bytes, &length)) {
        case HTTP_INVALID:
            fail("the holding server: an invalid request");
        case HTTP_COMPLETE:
            handle_request(service, connection);
            break;
        case HTTP_INCOMPLETE:
            break;
        }
    }
}

static void serve(int listener, int control)
{
    /* The first event of the program comes before an order. */
    struct service service = {epoll_create1(0), control, {.answers = 1}};
    watch(&service, listener, &listener);
    watch(&service, control, &control);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(service.epoll, events, MAX_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            void *what = events[i].data.ptr;
            if (what == &listener) {
                accept_one(&service, listener);
            } else if (what != &control) {
                read_connection(&service, what);
            } else if (read(control, &service.left, sizeof service.left) != sizeof service.left) {
                _exit(0);
            }
        }
    }
}

void held_server_start(struct held_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int control[2];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, SOMAXCONN) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0
        || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0
        || (server->process = fork()) < 0) {
        fail("the holding server: %s", strerror(errno));
    }
    if (server->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(control[0]);
        serve(listener, control[1]);
    }
    close(listener);
    close(control[1]);
    server->control = control[0];
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
}

void held_server_hold_after(const struct held_server *server, uint64_t answers, uint64_t held)
{
    struct order order = {answers, held};
    if (send(server->control, &order, sizeof order, MSG_NOSIGNAL) != sizeof order) {
        fail("the holding server has ended");
    }
}

int held_server_holds_all(const struct held_server *server)
{
    char byte;
    ssize_t received = recv(server->control, &byte, 1, MSG_DONTWAIT);
    if (received == 0) {
        fail("the holding server has ended");
    }
    return received == 1;
}

void held_server_stop(const struct held_server *server)
{
    close(server->control);
    waitpid(server->process, NULL, 0);
}
