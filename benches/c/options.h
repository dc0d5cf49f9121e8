/* The command line of all benchmark programs. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>

struct options {
    const char *url;
    const char *ca;
    const char *library;
    const char *mac;
    uint64_t count;
    uint64_t warmup;
    size_t depth;
    int whole;
    int threads;
    int under_way;
    int held;
    /* The payload: the content of a file, with a NUL behind it. */
    char *payload;
    size_t payload_length;
};

/* Parses the command line; ends the program if it is not as usage says. */
struct options options_parse(int argc, char **argv);

/* Ends the program if an option that this benchmark needs is missing. */
void options_require(const void *value, const char *name);

#endif
