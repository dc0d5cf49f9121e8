/*
 * A journal of events on disk: what is to be sent, and how far that has come.
 *
 * A folder has two files that only grow. `events` holds the prepared events, each after its length
 * (4 bytes, big-endian); `marks` holds a byte for each event that is done, in the same order.
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
    uint64_t done;  /* those of them that are marked */
    off_t next;     /* where the first event without a mark begins */
    off_t end;      /* where the last event ends */
};

/*
 * Opens the journal in a folder, or begins one. Half an event at its end, from a process that was
 * killed while it wrote, is cut off. Fails, as do all of these functions, with a message on
 * standard error, and while another process has the journal open.
 */
bool journal_open(struct journal *journal, const char *folder);

/* Adds an event; it is safe once journal_sync() has returned. */
bool journal_append(struct journal *journal, const char *event, size_t length);
bool journal_sync(const struct journal *journal);

/* Reads the first event that has no mark; the caller frees it. There must be one: done < count. */
bool journal_read(const struct journal *journal, char **event, size_t *length);

/* Marks that event, which has so many bytes, as done. */
bool journal_mark(struct journal *journal, size_t length);

void journal_close(struct journal *journal);

#endif
