/* A service that listens on a unix socket. A child process stands in for it, and passes the bytes
 * on. */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

/* Passes the bytes that are there on. Returns false at their end. */
static bool pass_on(int from, int to)
{
    char buffer[4096];
    ssize_t got = read(from, buffer, sizeof buffer);
    for (ssize_t sent = 0; sent < got;) {
        ssize_t put = write(to, buffer + sent, (size_t)(got - sent));
        if (put < 0) {
            return false;
        }
        sent += put;
    }
    return got > 0;
}

static int connect_to(const char *url)
{
    struct sockaddr_in address = {0};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        _exit(1);
    }
    return fd;
}

/* Starts a child that serves one connection to the socket. */
static pid_t serve(const char *path)
{
    struct sockaddr_un address = {0};
    address.sun_family = AF_UNIX;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_INT(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(listen(listener, 5), 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int client = accept(listener, NULL, NULL);
        int service = connect_to(devserver_url(HTTP));
        struct pollfd both[] = {{client, POLLIN, 0}, {service, POLLIN, 0}};
        while (poll(both, 2, -1) > 0) {
            if ((both[0].revents != 0 && !pass_on(client, service))
                || (both[1].revents != 0 && !pass_on(service, client))) {
                break;
            }
        }
        _exit(0);
    }
    close(listener);
    return child;
}

static void test_a_service_on_a_unix_socket(void)
{
    char folder[] = "/tmp/hookrail-test-XXXXXX";
    REQUIRE(mkdtemp(folder) != NULL);
    char path[64];
    snprintf(path, sizeof path, "%s/service.sock", folder);
    devserver_reset(HTTP);
    pid_t child = serve(path);

    hookrail_client_options *options = new_options(HTTP);
    /* There is no proxy beside the socket. */
    CHECK_INT(hookrail_client_options_set_proxy(options, NULL, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_require_https(options, true, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_unix_socket(options, TEXT(path), NULL), HOOKRAIL_OK);
    hookrail_client *client = NULL;
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT("http://hooks.example.com"), options, &client,
                                  NULL),
              HOOKRAIL_OK);
    hookrail_client_options_free(options);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(send_simple(client, "2"), HOOKRAIL_OK);
    hookrail_client_free(client);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);

    char *requests = devserver_requests(HTTP);
    CHECK_CONTAINS(requests, "hooks.example.com");
    free(requests);
    CHECK_INT(devserver_count(HTTP, "events"), 2);
    CHECK_INT(devserver_count(HTTP, "connections"), 1);

    /* The service has ended, and its socket's file is still there. */
    char url[80];
    snprintf(url, sizeof url, "unix:%s", path);
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT(url), NULL, &client, NULL), HOOKRAIL_OK);
    hookrail_error *error = NULL;
    hookrail_event_status *event = NULL;
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), NULL, 0, &event, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_CONTAINS(hookrail_error_message(error), path);
    CHECK_CONTAINS(hookrail_error_message(error), "no program listens on it");
    hookrail_error_free(error);
    hookrail_client_free(client);
    unlink(path);
    rmdir(folder);
}

static void test_sockets_that_cannot_be_are_refused(void)
{
    hookrail_client_options *options = hookrail_client_options_new();
    char path[109];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[108] = '\0';
    REFUSES("108 bytes", hookrail_client_options_set_unix_socket(options, TEXT(path), &error));
    REFUSES("does not begin",
            hookrail_client_options_set_unix_socket(options, TEXT("run/h.sock"), &error));
    REFUSES("path is empty", hookrail_client_options_set_unix_socket(options, "", 0, &error));
    REFUSES("options", hookrail_client_options_set_unix_socket(NULL, TEXT("/run/h"), &error));

    CHECK_INT(hookrail_client_options_set_unix_socket(options, TEXT("/run/h"), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_proxy(options, TEXT("http://proxy:1"), NULL),
              HOOKRAIL_OK);
    hookrail_client *client = NULL;
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT("http://h"), options, &client, NULL),
              HOOKRAIL_CONFIGURATION);
    CHECK_INT(hookrail_client_options_set_unix_socket(options, NULL, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT("http://h"), options, &client, NULL),
              HOOKRAIL_OK);
    hookrail_client_free(client);
    hookrail_client_options_free(options);
}

int main(void)
{
    RUN(test_a_service_on_a_unix_socket);
    RUN(test_sockets_that_cannot_be_are_refused);
    return harness_end();
}
