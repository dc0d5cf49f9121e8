/*
 * What clients and verifiers are given that must be kept secret, and what they do with it.
 */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <stddef.h>

struct secrets {
    /* HOOKRAIL_API_KEY=… as the environment has it, and where the key begins. */
    char key_variable[128];
    size_t key_at;
    /* http_proxy=… */
    char proxy_variable[192];
    size_t proxy_at;
    /* A proxy URL that is refused for its path. */
    char bad_proxy[192];
    /* As the service makes them, and one that is longer than a block of SHA-256. */
    char signing[64];
    char long_signing[160];
};

struct scenario {
    /* Uses the secrets and leaves handles behind. */
    void (*begin)(struct secrets *secrets);
    /* Frees them. */
    void (*end)(void);
    /* Labels of needles that must be found before the end: a scan that finds nothing there proves
     * nothing. NULL behind the last one. */
    const char *kept[8];
};

extern const struct scenario scenario_key;
extern const struct scenario scenario_environment;
extern const struct scenario scenario_proxy;
extern const struct scenario scenario_mistakes;
extern const struct scenario scenario_signatures;

/* The fault rules that the scenarios expect of the servers. */
extern const char scenario_faults[];

#endif
