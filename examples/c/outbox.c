/*
 * Sends each line of its input as one event, however often the program is killed meanwhile.
 *
 *     HOOKRAIL_API_KEY=hk_... HOOKRAIL_BASE_URL=http://localhost:8080 \
 *         outbox FOLDER TOPIC < payloads.jsonl
 *
 * The program prepares a line, which fixes its idempotency key and its bytes. It writes the line to
 * the journal in FOLDER and synchronises the disk before it sends the line for the first time. When
 * the service has recorded the event, it marks the line in the journal.
 *
 * Start it again with the same folder and the same input, which may have grown: it first sends the
 * unmarked events, again if necessary, and continues behind the lines that are in the journal. Do
 * so while the service remembers idempotency keys: within a day, by default.
 *
 * The service refuses every key (401) while its database is away. If it has accepted the key
 * before, the program waits for up to ten minutes until it does so again.
 *
 * The exit status is 0 when all is sent, 75 (EX_TEMPFAIL) when the program should be started again
 * later, and 1 when an operator must look at it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sysexits.h>
#include <unistd.h>

#include <hookrail.h>

#include "journal.h"

/* This number of events shares one write to the disk. */
#define BATCH 16

/*
 * If the service refuses a key that it has taken before, the program waits for this number of
 * seconds before the next attempt, and tries this often.
 */
#define PAUSE 2
#define PAUSES 300

static int report(const char *what, const hookrail_error *error)
{
    fprintf(stderr, "%s failed (%s): %s\n", what,
            hookrail_status_name(hookrail_error_status(error)), hookrail_error_message(error));
    return hookrail_error_retryable(error) ? EX_TEMPFAIL : EXIT_FAILURE;
}

/* Sends a prepared event; waits for the end of an outage in which the service refuses every key. */
static hookrail_status send_patiently(const hookrail_client *client, const char *event,
                                      size_t length, hookrail_accepted **accepted,
                                      hookrail_error **error)
{
    for (int pauses = 0;; pauses++) {
        hookrail_status status =
            hookrail_send_prepared(client, event, length, NULL, 0, accepted, error);
        if (status != HOOKRAIL_AUTHENTICATION || !hookrail_error_retryable(*error)
            || pauses == PAUSES) {
            return status;
        }
        if (pauses == 0) {
            report("sending", *error);
        }
        hookrail_error_free(*error);
        *error = NULL;
        sleep(PAUSE);
    }
}

/* Sends the first unmarked event, and marks it. */
static int send_next(const hookrail_client *client, struct journal *journal)
{
    char *event = NULL;
    size_t length = 0;
    if (!journal_read(journal, &event, &length)) {
        return EXIT_FAILURE;
    }
    hookrail_error *error = NULL;
    hookrail_accepted *accepted = NULL;
    int result = EXIT_SUCCESS;
    if (send_patiently(client, event, length, &accepted, &error) != HOOKRAIL_OK) {
        /* The event stays unmarked, and the next attempt uses the same key. */
        result = report("sending", error);
    } else if (!journal_mark(journal, length)) {
        result = EXIT_FAILURE;
    } else {
        printf("event %s is recorded%s\n", hookrail_accepted_event_id(accepted),
               hookrail_accepted_replayed(accepted) ? " (it was before)" : "");
        fflush(stdout);
    }
    hookrail_accepted_free(accepted);
    hookrail_error_free(error);
    free(event);
    return result;
}

static bool append_line(const hookrail_client *client, struct journal *journal, const char *topic,
                        const char *line, size_t length)
{
    hookrail_error *error = NULL;
    hookrail_prepared *prepared = NULL;
    bool appended = false;
    if (hookrail_event_prepare(client, topic, strlen(topic), line, length, NULL, &prepared, &error)
        != HOOKRAIL_OK) {
        fprintf(stderr, "line %llu: ", (unsigned long long)journal->count + 1);
        report("preparing", error);
    } else {
        appended = journal_append(journal, hookrail_prepared_blob(prepared),
                                  hookrail_prepared_blob_len(prepared));
    }
    hookrail_prepared_free(prepared);
    hookrail_error_free(error);
    return appended;
}

/* Reads a complete line. An incomplete line may still be growing. */
static bool read_line(char **line, size_t *capacity, size_t *length)
{
    ssize_t got = feof(stdin) ? -1 : getline(line, capacity, stdin);
    if (got > 0 && (*line)[got - 1] != '\n') {
        fprintf(stderr, "the last line has no end; it is left for the next time\n");
        return false;
    }
    *length = got > 0 ? (size_t)got - 1 : 0;
    return got > 0;
}

/* Takes up to BATCH lines into the journal; none means that the input has ended. */
static bool take_lines(const hookrail_client *client, struct journal *journal, const char *topic)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t length = 0;
    bool good = true;
    for (int i = 0; good && i < BATCH && read_line(&line, &capacity, &length); i++) {
        good = append_line(client, journal, topic, line, length);
    }
    free(line);
    return journal_sync(journal) && good;
}

/* Skips the lines that are in the journal. */
static bool skip_lines(const struct journal *journal)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t length = 0;
    uint64_t skipped = 0;
    while (skipped < journal->count && read_line(&line, &capacity, &length)) {
        skipped++;
    }
    free(line);
    if (skipped < journal->count) {
        fprintf(stderr,
                "the journal has %llu events, the input only %llu lines: is it another one?\n",
                (unsigned long long)journal->count, (unsigned long long)skipped);
    }
    return skipped == journal->count;
}

static int run(const hookrail_client *client, struct journal *journal, const char *topic)
{
    if (!skip_lines(journal)) {
        return EXIT_FAILURE;
    }
    bool good = true;
    for (;;) {
        while (journal->done < journal->count) {
            int result = send_next(client, journal);
            if (result != EXIT_SUCCESS) {
                return result;
            }
        }
        /* Only now: the lines before one that is no JSON are still sent. */
        if (!good) {
            return EXIT_FAILURE;
        }
        good = take_lines(client, journal, topic);
        if (good && journal->done == journal->count) {
            return EXIT_SUCCESS;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s FOLDER TOPIC < PAYLOADS\n", argv[0]);
        return EXIT_FAILURE;
    }
    hookrail_error *error = NULL;
    hookrail_client *client = NULL;
    /* API key and base URL come from the environment. */
    if (hookrail_client_new(NULL, 0, NULL, 0, NULL, &client, &error) != HOOKRAIL_OK) {
        report("setting up", error);
        hookrail_error_free(error);
        return EXIT_FAILURE;
    }
    struct journal journal;
    int result = EXIT_FAILURE;
    if (journal_open(&journal, argv[1])) {
        result = run(client, &journal, argv[2]);
    }
    journal_close(&journal);
    hookrail_client_free(client);
    return result;
}
