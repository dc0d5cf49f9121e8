#include "fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static void must(hookrail_status status, hookrail_error *error)
{
    if (status != HOOKRAIL_OK) {
        printf("# the test cannot go on: %s: %s\n", hookrail_status_name(status),
               hookrail_error_message(error));
        exit(2);
    }
}

hookrail_client_options *new_options(enum server server)
{
    hookrail_error *error = NULL;
    hookrail_client_options *options = hookrail_client_options_new();
    must(hookrail_client_options_set_backoff_ms(options, 1, 10, &error), error);
    must(hookrail_client_options_set_proxy(options, NULL, 0, &error), error);
    const char *ca_file = devserver_ca_file(server);
    if (ca_file != NULL) {
        must(hookrail_client_options_add_ca_file(options, TEXT(ca_file), &error), error);
    }
    return options;
}

hookrail_client *new_client_with(enum server server, hookrail_client_options *options)
{
    hookrail_error *error = NULL;
    hookrail_client *client = NULL;
    const char *url = devserver_url(server);
    must(hookrail_client_new(TEXT(API_KEY), TEXT(url), options, &client, &error), error);
    hookrail_client_options_free(options);
    return client;
}

hookrail_client *new_client(enum server server)
{
    devserver_reset(server);
    return new_client_with(server, new_options(server));
}

hookrail_status send_simple(const hookrail_client *client, const char *payload)
{
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    hookrail_status status =
        hookrail_send_event(client, TEXT("test.simple"), TEXT(payload), NULL, &accepted, &error);
    if (status != HOOKRAIL_OK) {
        printf("# %s: %s\n", hookrail_status_name(status), hookrail_error_message(error));
    }
    hookrail_accepted_free(accepted);
    hookrail_error_free(error);
    return status;
}

const char *refusing_url(void)
{
    static char url[32];
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (url[0] != '\0') {
        return url;
    }
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* The socket is bound, so that no other program gets the port, but does not listen. */
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0
        || getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        printf("# the test cannot continue: there is no free port\n");
        exit(2);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return url;
}

static bool has_name(const char *thread, const char *beginning)
{
    char path[64 + 256];
    char name[16] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(name, sizeof name, file) != NULL;
    fclose(file);
    return read && strncmp(name, beginning, strlen(beginning)) == 0;
}

static bool has_thread(const char *beginning)
{
    bool found = false;
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *thread; threads != NULL && (thread = readdir(threads)) != NULL;) {
        found = found || has_name(thread->d_name, beginning);
    }
    if (threads != NULL) {
        closedir(threads);
    }
    return found;
}

bool threads_have_ended(void)
{
    /* Threads of the library are recognised by their names. */
    return thread_has_ended("hookrail-");
}

bool thread_has_ended(const char *name)
{
    const struct timespec pause = {0, 1000000};
    for (int left = 60000; left > 0; left--) {
        if (!has_thread(name)) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}
