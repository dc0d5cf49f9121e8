/*
 * The lower bound: one socket in each thread, a constant request that is written repeatedly, and an
 * answer of which only the status and the end are checked. No key, no envelope, no check, no
 * timeout.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event.h"
#include "fail.h"
#include "load.h"

struct peer {
    int fd;
    char *request;
    size_t request_length;
};

static int connect_to(const char *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64];
    unsigned short port;
    if (sscanf(url, "http://%63[0-9.]:%hu", host, &port) != 2
        || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fail("\"%s\" is not http://<IPv4 address>:<port>", url);
    }
    address.sin_port = htons(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0
        || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        fail("cannot connect to %s", url);
    }
    return fd;
}

static void *open_peer(const struct options *options, void *shared)
{
    (void)shared;
    options_require(options->url, "url");
    options_require(options->payload, "payload");
    size_t body_length = event_body_length(options->payload_length);
    struct peer *peer = malloc(sizeof *peer);
    if (peer == NULL || (peer->request = malloc(1024 + body_length)) == NULL) {
        fail("no memory");
    }
    char key[EVENT_KEY_LENGTH + 1];
    event_new_key(key);
    int head_length = snprintf(peer->request, 1024,
                               "POST /v1/events HTTP/1.1\r\n"
                               "Content-Length: %zu\r\n"
                               "Host: %s\r\n"
                               "Authorization: Bearer " EVENT_API_KEY "\r\n"
                               "User-Agent: " EVENT_USER_AGENT "\r\n"
                               "Content-Type: application/json\r\n"
                               "Idempotency-Key: %s\r\n"
                               "\r\n",
                               body_length, options->url + strlen("http://"), key);
    event_write_body(peer->request + head_length, options->payload, options->payload_length);
    peer->request_length = (size_t)head_length + body_length;
    peer->fd = connect_to(options->url);
    return peer;
}

static int is_complete(const char *answer, size_t length)
{
    const char *head_end = strstr(answer, "\r\n\r\n");
    if (head_end == NULL) {
        return 0;
    }
    const char *field = strcasestr(answer, "\r\nContent-Length:");
    if (strncmp(answer, "HTTP/1.1 202 ", 13) != 0 || field == NULL || field > head_end) {
        fail("answered %s", answer);
    }
    size_t body_length = strtoul(field + strlen("\r\nContent-Length:"), NULL, 10);
    return length >= (size_t)(head_end - answer) + 4 + body_length;
}

static void send_one(void *own)
{
    struct peer *peer = own;
    char answer[4096];
    for (size_t written = 0; written < peer->request_length;) {
        ssize_t count = write(peer->fd, peer->request + written, peer->request_length - written);
        if (count <= 0) {
            fail("cannot write");
        }
        written += (size_t)count;
    }
    size_t length = 0;
    do {
        ssize_t count = read(peer->fd, answer + length, sizeof answer - 1 - length);
        if (count <= 0) {
            fail("cannot read an answer");
        }
        length += (size_t)count;
        answer[length] = '\0';
    } while (!is_complete(answer, length));
}

static void close_peer(void *own)
{
    struct peer *peer = own;
    close(peer->fd);
    free(peer->request);
    free(peer);
}

int main(int argc, char **argv)
{
    const struct load load = {NULL, open_peer, send_one, close_peer, NULL};
    return load_main(argc, argv, &load);
}
