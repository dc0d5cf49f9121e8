/* An HTTP proxy that opens tunnels and forwards requests, and demands credentials, in its own
 * process. */
#ifndef CONNECT_PROXY_H
#define CONNECT_PROXY_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct connect_proxy {
    pid_t process;
    /* host:port */
    char authority[32];
};

static inline bool connect_proxy_send(int socket, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static inline void connect_proxy_relay(int client, int service)
{
    char buffer[16384];
    struct pollfd ends[2] = {{client, POLLIN, 0}, {service, POLLIN, 0}};
    while (poll(ends, 2, -1) > 0) {
        for (int from = 0; from < 2; from++) {
            if (ends[from].revents != 0) {
                ssize_t got = recv(ends[from].fd, buffer, sizeof buffer, 0);
                if (got <= 0 || !connect_proxy_send(ends[1 - from].fd, buffer, (size_t)got)) {
                    return;
                }
            }
        }
    }
}

static inline int connect_proxy_open(unsigned port)
{
    int service = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    return connect(service, (struct sockaddr *)&address, sizeof address) == 0 ? service : -1;
}

static inline bool connect_proxy_read(int client, unsigned char *bytes, size_t length)
{
    return recv(client, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

/* Speaks SOCKS5 with a client that signs in and names an IPv4 address. */
static inline void connect_proxy_serve_socks(int client)
{
    static const char established[] = "\5\0\0\1\0\0\0\0\0\0";
    unsigned char bytes[256];
    if (!connect_proxy_read(client, bytes, 4) || !connect_proxy_send(client, "\5\2", 2)
        || !connect_proxy_read(client, bytes, 2)
        || !connect_proxy_read(client, bytes, bytes[1] + (size_t)1)
        || !connect_proxy_read(client, bytes, 30) || !connect_proxy_send(client, "\1", 2)
        || !connect_proxy_read(client, bytes, 10)) {
        return;
    }
    int service = connect_proxy_open((unsigned)bytes[8] << 8 | bytes[9]);
    if (service >= 0 && connect_proxy_send(client, established, 10)) {
        connect_proxy_relay(client, service);
    }
}

/* Reads a request and opens the tunnel that it asks for, to a port of this machine. A request with
 * a complete URL goes to the same port unchanged: the service accepts this form too. */
static inline void connect_proxy_serve(int client)
{
    static const char refusal[] = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    char head[4096] = "";
    size_t length = 0;
    unsigned port = 0;
    if (recv(client, head, 1, MSG_PEEK) == 1 && head[0] == 5) {
        connect_proxy_serve_socks(client);
        return;
    }
    head[0] = '\0';
    while (strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got = recv(client, head + length, sizeof head - 1 - length, 0);
        if (got <= 0) {
            return;
        }
        length += (size_t)got;
        head[length] = '\0';
    }
    bool tunnel = sscanf(head, "CONNECT 127.0.0.1:%u ", &port) == 1;
    bool forward = sscanf(head, "%*s http://127.0.0.1:%u/", &port) == 1;
    if ((strstr(head, "Proxy-Authorization: Basic ") == NULL
         && strstr(head, "proxy-authorization: Basic ") == NULL)
        || (!tunnel && !forward)) {
        connect_proxy_send(client, refusal, strlen(refusal));
        return;
    }
    const char *first = tunnel ? established : head;
    int service = connect_proxy_open(port);
    if (service >= 0
        && connect_proxy_send(tunnel ? client : service, first,
                              tunnel ? strlen(established) : length)) {
        connect_proxy_relay(client, service);
    }
}

/* The process ends together with its parent. */
static inline struct connect_proxy connect_proxy_start(void)
{
    struct connect_proxy proxy;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, 64) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        printf("# the test cannot go on: the proxy has no port\n");
        exit(2);
    }
    snprintf(proxy.authority, sizeof proxy.authority, "127.0.0.1:%d", ntohs(address.sin_port));
    proxy.process = fork();
    if (proxy.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        for (;;) {
            int client = accept(listener, NULL, NULL);
            if (client >= 0 && fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                close(listener);
                connect_proxy_serve(client);
                _exit(0);
            }
            close(client);
        }
    }
    close(listener);
    return proxy;
}

static inline void connect_proxy_stop(const struct connect_proxy *proxy)
{
    kill(proxy->process, SIGKILL);
    waitpid(proxy->process, NULL, 0);
}

#endif
