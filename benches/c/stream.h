/* Sends events so that many are under way at the same time, and measures the time or the memory. */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>

#include "options.h"

struct stream {
    /* Whether up to --depth events may be started; otherwise up to --under-way. */
    int queues;
    void *(*open)(const struct options *options);
    /* Starts an event. */
    void (*start)(void *own);
    /* Waits until at least one event is answered. Returns the number of answered events. */
    size_t (*collect)(void *own);
    /* Sends what is started and takes what is answered, and does not wait longer than a few
     * milliseconds. NULL if other threads do this. */
    void (*drive)(void *own);
    void (*close)(void *own);
};

/* The program's main function. With --held it measures the memory of the requests under way,
 * otherwise the time from the first start to the last answer, and each start alone. */
int stream_main(int argc, char **argv, const struct stream *stream);

#endif
