/*
 * A service that accepts every event, for counting instructions in its client: each request gets
 * the same answer in one write, so that the client takes the same path through its code every time.
 *
 * Prints `listening on URL` and serves one connection after the other until it is killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY                                                                                       \
    "{\"event_id\":\"01JD5XQ3K8ZV7M2N4P6R8T0WXY\",\"delivery_ids\":["                              \
    "\"01JD5XQ3KBC1D2E3F4G5H6J7K8\"]}\n"

static char answer[512];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Returns the length of the request at the start of `text`; 0 while it is not complete. */
static size_t request_length(const char *text)
{
    static const char FIELD[] = "content-length: ";
    const char *end = strstr(text, "\r\n\r\n");
    const char *field = strcasestr(text, FIELD);
    if (end == NULL || field == NULL || field > end) {
        return 0;
    }
    size_t length = (size_t)(end + 4 - text) + strtoul(field + strlen(FIELD), NULL, 10);
    return strlen(text) >= length ? length : 0;
}

static void serve(int connection)
{
    static char text[1 << 20];
    size_t filled = 0;
    ssize_t got;
    while ((got = read(connection, text + filled, sizeof text - 1 - filled)) > 0) {
        filled += (size_t)got;
        text[filled] = '\0';
        if (request_length(text) == filled) {
            filled = 0;
            if (write(connection, answer, strlen(answer)) < 0) {
                break;
            }
        }
    }
}

int main(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0
        || listen(listener, 16) != 0
        || getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        die("listen");
    }
    printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    snprintf(answer, sizeof answer,
             "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
             "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(BODY), BODY);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        int now = 1;
        if (connection < 0
            || setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now) != 0) {
            die("accept");
        }
        serve(connection);
        close(connection);
    }
}
