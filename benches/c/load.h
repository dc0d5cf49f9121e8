/* Repeats an operation in as many threads as the command line says, and reports. */
#ifndef LOAD_H
#define LOAD_H

#include "options.h"

struct load {
    /* Makes the data that the threads share; called once. May return NULL. */
    void *(*setup)(const struct options *options);
    /* Makes a thread's own data. */
    void *(*open)(const struct options *options, void *shared);
    /* The operation. Ends the program if it fails. */
    void (*once)(void *own);
    void (*close)(void *own);
    void (*teardown)(void *shared);
};

/* The program's main function. */
int load_main(int argc, char **argv, const struct load *load);

#endif
