#include "journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The length in front of each event. */
#define PREFIX 4

static bool fail(const char *what)
{
    perror(what);
    return false;
}

static bool write_at(int file, const char *bytes, size_t length, off_t at)
{
    while (length > 0) {
        ssize_t written = pwrite(file, bytes, length, at);
        if (written < 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
        at += written;
    }
    return true;
}

/* Returns the end of the event that begins at `at`; 0 if the event is incomplete. */
static off_t end_of_event(int events, off_t at, off_t size)
{
    unsigned char prefix[PREFIX];
    if (pread(events, prefix, PREFIX, at) != PREFIX) {
        return 0;
    }
    off_t length = ((off_t)prefix[0] << 24) | prefix[1] << 16 | prefix[2] << 8 | prefix[3];
    /* A power cut may leave zeros behind the last synchronised bytes. */
    return length == 0 || size - at - PREFIX < length ? 0 : at + PREFIX + length;
}

/* Counts the events and marks in the files. */
static bool scan(struct journal *journal)
{
    struct stat events;
    struct stat marks;
    if (fstat(journal->events, &events) != 0 || fstat(journal->marks, &marks) != 0) {
        return fail("journal");
    }
    journal->done = (uint64_t)marks.st_size;
    off_t end;
    while ((end = end_of_event(journal->events, journal->end, events.st_size)) != 0) {
        journal->end = end;
        journal->count++;
        if (journal->count == journal->done) {
            journal->next = end;
        }
    }
    if (journal->done > journal->count) {
        fprintf(stderr, "journal: there are %llu marks for %llu events: a file was replaced\n",
                (unsigned long long)journal->done, (unsigned long long)journal->count);
        return false;
    }
    if (journal->end < events.st_size) {
        /* This event was never sent, because journal_sync() comes first: nothing is lost or
         * duplicated. */
        fprintf(stderr, "journal: %lld bytes of half an event are cut off\n",
                (long long)(events.st_size - journal->end));
        if (ftruncate(journal->events, journal->end) != 0) {
            return fail("journal");
        }
    }
    return true;
}

static int open_file(int folder, const char *name)
{
    return openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

bool journal_open(struct journal *journal, const char *folder)
{
    *journal = (struct journal){.folder = -1, .events = -1, .marks = -1};
    journal->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder < 0) {
        return fail(folder);
    }
    journal->events = open_file(journal->folder, "events");
    journal->marks = open_file(journal->folder, "marks");
    /* Two processes would both take the same event for new, and give it different keys. */
    if (journal->events < 0 || journal->marks < 0 || lockf(journal->events, F_TLOCK, 0) != 0
        || fsync(journal->folder) != 0) {
        return fail(folder);
    }
    return scan(journal);
}

bool journal_append(struct journal *journal, const char *event, size_t length)
{
    const char prefix[PREFIX] = {(char)(length >> 24), (char)(length >> 16), (char)(length >> 8),
                                 (char)length};
    if (!write_at(journal->events, prefix, PREFIX, journal->end)
        || !write_at(journal->events, event, length, journal->end + PREFIX)) {
        return fail("journal");
    }
    journal->end += PREFIX + (off_t)length;
    journal->count++;
    return true;
}

bool journal_sync(const struct journal *journal)
{
    return fdatasync(journal->events) == 0 || fail("journal");
}

bool journal_read(const struct journal *journal, char **event, size_t *length)
{
    off_t end = end_of_event(journal->events, journal->next, journal->end);
    *length = (size_t)(end - journal->next - PREFIX);
    *event = malloc(*length);
    if (*event == NULL
        || pread(journal->events, *event, *length, journal->next + PREFIX) != (ssize_t)*length) {
        free(*event);
        return fail("journal");
    }
    return true;
}

bool journal_mark(struct journal *journal, size_t length)
{
    /* Not synchronised: an event whose mark is lost is sent once more and recorded once. */
    if (!write_at(journal->marks, "+", 1, (off_t)journal->done)) {
        return fail("journal");
    }
    journal->done++;
    journal->next += PREFIX + (off_t)length;
    return true;
}

void journal_close(struct journal *journal)
{
    const int files[] = {journal->events, journal->marks, journal->folder};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i] >= 0) {
            close(files[i]);
        }
    }
}
