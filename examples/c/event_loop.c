/*
 * Sends events from an event loop that must never block: each line of standard input is the payload
 * of one event.
 *
 *     HOOKRAIL_API_KEY=hk_... HOOKRAIL_BASE_URL=http://localhost:8080 \
 *         event_loop TOPIC < payloads.jsonl
 *
 * The loop is poll(2). libuv, libevent, GLib or epoll take the same descriptor in the same way.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hookrail.h>

/* More than the service accepts. */
#define MAX_LINE ((size_t)512 * 1024)
#define CLOSE_TIMEOUT_MS 30000

/* The program's state. */
struct state {
    hookrail_client *client;
    const char *topic;
    char buffer[MAX_LINE];
    size_t used;
    bool input_ended;
    uint64_t lines;
    uint64_t delivered;
    uint64_t failed;
};

static void print_error(uint64_t line, const hookrail_error *error)
{
    fprintf(stderr, "line %llu (%s): %s\n", (unsigned long long)line,
            hookrail_outcome_name(hookrail_error_outcome(error)), hookrail_error_message(error));
}

/* Submits a line; returns false if the queue is full and the line must be tried again. */
static bool submit_line(struct state *state, const char *line, size_t length)
{
    hookrail_error *error = NULL;
    /* The completion returns the tag: here the number of the line. */
    hookrail_status status =
        hookrail_submit_event(state->client, state->topic, strlen(state->topic), line, length, NULL,
                              state->lines + 1, 0, NULL, &error);
    if (status == HOOKRAIL_QUEUE_FULL) {
        hookrail_error_free(error);
        return false;
    }
    state->lines++;
    if (status != HOOKRAIL_OK) {
        state->failed++;
        print_error(state->lines, error);
    }
    hookrail_error_free(error);
    return true;
}

/* Submits the complete lines; returns false if the queue is full. */
static bool submit_lines(struct state *state)
{
    size_t at = 0;
    bool room = true;
    while (room && at < state->used) {
        const char *line = state->buffer + at;
        const char *end = memchr(line, '\n', state->used - at);
        if (end == NULL && !state->input_ended) {
            break;
        }
        size_t length = end == NULL ? state->used - at : (size_t)(end - line);
        room = submit_line(state, line, length);
        if (room) {
            at += length + (end == NULL ? 0 : 1);
        }
    }
    state->used -= at;
    memmove(state->buffer, state->buffer + at, state->used);
    if (room && state->used == sizeof state->buffer) {
        fprintf(stderr, "line %llu is too long, the rest of the input is left out\n",
                (unsigned long long)state->lines + 1);
        state->failed++;
        state->used = 0;
        state->input_ended = true;
    }
    return room;
}

static void read_input(struct state *state)
{
    ssize_t got =
        read(STDIN_FILENO, state->buffer + state->used, sizeof state->buffer - state->used);
    if (got > 0) {
        state->used += (size_t)got;
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        state->input_ended = true;
    }
}

/* Collects the completions that are there, without waiting. */
static void collect(struct state *state)
{
    hookrail_completion completions[32];
    size_t count = 0;
    do {
        if (hookrail_poll(state->client, completions, sizeof completions[0], 32, 0, &count, NULL)
            != HOOKRAIL_OK) {
            return;
        }
        for (size_t i = 0; i < count; i++) {
            if (completions[i].status == HOOKRAIL_OK) {
                state->delivered++;
                printf("line %llu: event %s\n", (unsigned long long)completions[i].tag,
                       hookrail_accepted_event_id(completions[i].accepted));
            } else {
                state->failed++;
                print_error(completions[i].tag, completions[i].error);
            }
            hookrail_accepted_free(completions[i].accepted);
            hookrail_error_free(completions[i].error);
        }
    } while (count > 0);
}

static void loop(struct state *state, int completed)
{
    bool room = true;
    while (!state->input_ended || state->used > 0) {
        /* While the queue is full, the program reads no input: this slows the writer of the lines
         * down. */
        bool want_input = room && !state->input_ended;
        struct pollfd watched[] = {{want_input ? STDIN_FILENO : -1, POLLIN, 0},
                                   {completed, POLLIN, 0}};
        if (poll(watched, 2, -1) < 0 && errno != EINTR) {
            perror("poll");
            return;
        }
        if (watched[0].revents != 0) {
            read_input(state);
        }
        if (watched[1].revents != 0) {
            collect(state);
        }
        room = submit_lines(state);
    }
}

int main(int argc, char **argv)
{
    static struct state state;
    hookrail_error *error = NULL;
    int32_t completed = -1;
    size_t unsent = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: %s TOPIC < payloads.jsonl\n", argv[0]);
        return EXIT_FAILURE;
    }
    state.topic = argv[1];
    if (hookrail_client_new(NULL, 0, NULL, 0, NULL, &state.client, &error) != HOOKRAIL_OK
        || hookrail_event_fd(state.client, &completed, &error) != HOOKRAIL_OK) {
        fprintf(stderr, "%s\n", hookrail_error_message(error));
        hookrail_error_free(error);
        hookrail_client_free(state.client);
        return EXIT_FAILURE;
    }
    loop(&state, completed);
    while (hookrail_client_close(state.client, CLOSE_TIMEOUT_MS, &unsent, NULL)
           == HOOKRAIL_INTERRUPTED) {
    }
    collect(&state);
    hookrail_client_free(state.client);
    printf("%llu delivered, %llu failed, %zu of them unsent\n", (unsigned long long)state.delivered,
           (unsigned long long)state.failed, unsent);
    return state.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
