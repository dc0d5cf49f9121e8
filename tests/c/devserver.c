#include "devserver.h"

#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("# the test cannot go on: ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    fflush(stdout);
    _exit(2);
}

const char *required_environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        die("%s is not set: start the tests with tests/c/run", name);
    }
    return value;
}

const char *devserver_url(enum server server)
{
    static const char *const variables[] = {"TEST_HTTP_URL", "TEST_HTTPS_URL",
                                            "TEST_OTHER_HOST_URL"};
    return required_environment(variables[server]);
}

const char *devserver_ca_file(enum server server)
{
    static const char *const variables[] = {NULL, "TEST_HTTPS_CA", "TEST_OTHER_HOST_CA"};
    return variables[server] == NULL ? NULL : required_environment(variables[server]);
}

/* Writes the path of a file beside the file of the authority. */
static const char *beside_ca_file(enum server server, const char *name, char path[512])
{
    const char *ca = devserver_ca_file(server);
    snprintf(path, 512, "%.*s%s", (int)(strrchr(ca, '/') + 1 - ca), ca, name);
    return path;
}

const char *devserver_certificate_file(enum server server)
{
    static char path[512];
    return beside_ca_file(server, "cert.pem", path);
}

const char *devserver_key_file(enum server server)
{
    static char path[512];
    return beside_ca_file(server, "key.pem", path);
}

/* Reads to the end, and adds a NUL. */
static char *read_all(int fd, size_t *length)
{
    size_t size = 65536;
    size_t used = 0;
    char *text = malloc(size);
    while (text != NULL) {
        ssize_t got = read(fd, text + used, size - used - 1);
        if (got > 0) {
            used += (size_t)got;
            if (size - used < 2) {
                size *= 2;
                text = realloc(text, size);
            }
        } else if (got == 0) {
            text[used] = '\0';
            if (length != NULL) {
                *length = used;
            }
            return text;
        } else if (errno != EINTR) {
            break;
        }
    }
    die("cannot read: %s", strerror(errno));
    return NULL;
}

char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        die("cannot open %s: %s", path, strerror(errno));
    }
    char *text = read_all(fileno(file), length);
    fclose(file);
    return text;
}

/* Asks a control endpoint with curl, so that the library does not test itself. */
static char *control(enum server server, const char *method, const char *path, const char *body)
{
    char url[256];
    snprintf(url, sizeof url, "%s/_control/%s", devserver_url(server), path);
    /* The library must check the certificate; these questions need not. */
    const char *arguments[] = {"curl",      "--silent", "--show-error", "--fail-with-body",
                               "--noproxy", "*",        "--insecure",   "--request",
                               method,      url,        NULL,           NULL,
                               NULL};
    if (body != NULL) {
        arguments[10] = "--json";
        arguments[11] = body;
    }

    int ends[2];
    if (pipe(ends) != 0) {
        die("pipe: %s", strerror(errno));
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    pid_t curl;
    int problem = posix_spawnp(&curl, "curl", &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (problem != 0) {
        die("cannot start curl: %s", strerror(problem));
    }
    char *answer = read_all(ends[0], NULL);
    close(ends[0]);
    int status = 0;
    while (waitpid(curl, &status, 0) == -1 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        die("%s %s failed: %s", method, url, answer);
    }
    return answer;
}

void devserver_reset(enum server server)
{
    free(control(server, "DELETE", "faults", NULL));
    free(control(server, "DELETE", "ledger", NULL));
}

void devserver_set_faults(enum server server, const char *rules)
{
    free(control(server, "PUT", "faults", rules));
}

long devserver_count(enum server server, const char *name)
{
    char member[64];
    snprintf(member, sizeof member, "\"%s\":", name);
    char *summary = control(server, "GET", "summary", NULL);
    const char *found = strstr(summary, member);
    if (found == NULL) {
        die("the summary has no %s: %s", name, summary);
    }
    long count = strtol(found + strlen(member), NULL, 10);
    free(summary);
    return count;
}

void devserver_wait(enum server server, const char *bounds)
{
    char path[160];
    snprintf(path, sizeof path, "wait?timeout_ms=60000&%s", bounds);
    free(control(server, "GET", path, NULL));
}

char *devserver_requests(enum server server)
{
    return control(server, "GET", "requests", NULL);
}

char *devserver_events(enum server server)
{
    return control(server, "GET", "events", NULL);
}
