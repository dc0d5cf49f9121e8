/* Runs an operation again and again, in as many threads as the command line says, and reports. */
#ifndef LOAD_H
#define LOAD_H

#include "options.h"

struct load {
    /* Makes what the threads share; called once. NULL where there is nothing. */
    void *(*setup)(const struct options *options);
    /* Makes what a thread has for itself. */
    void *(*open)(const struct options *options, void *shared);
    /* The operation. Ends the program if it fails. */
    void (*once)(void *own);
    void (*close)(void *own);
    void (*teardown)(void *shared);
};

/* What main does. */
int load_main(int argc, char **argv, const struct load *load);

#endif
