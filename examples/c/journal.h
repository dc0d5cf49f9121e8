/*
 * A journal on disk: the events to send, and the marks of those that are sent.
 *
 * Its folder has two files that only grow. `events` has the prepared events, each after its length
 * (4 bytes, big-endian); `marks` has one byte for each event that is done, in the same order.
 */
#ifndef HOOKRAIL_EXAMPLE_JOURNAL_H
#define HOOKRAIL_EXAMPLE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct journal {
    int folder;
    int events;
    int marks;
    uint64_t count; /* events in the journal */
    uint64_t done;  /* marked events */
    off_t next;     /* start of the first unmarked event */
    off_t end;      /* end of the last event */
};

/*
 * Opens the journal in a folder, or creates one. Cuts off an incomplete event at its end, which a
 * process leaves if it is killed while it writes. Fails if another process has the journal open.
 * All these functions print a message on standard error when they fail.
 */
bool journal_open(struct journal *journal, const char *folder);

/* Adds an event. It is safe once journal_sync() has returned. */
bool journal_append(struct journal *journal, const char *event, size_t length);
bool journal_sync(const struct journal *journal);

/* Reads the first unmarked event; the caller frees it. There must be one: done < count. */
bool journal_read(const struct journal *journal, char **event, size_t *length);

/* Marks that event, which is `length` bytes long, as done. */
bool journal_mark(struct journal *journal, size_t length);

void journal_close(struct journal *journal);

#endif
