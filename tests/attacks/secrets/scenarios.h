/*
 * The secrets that clients and verifiers get, and the ways in which they use them.
 */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <stddef.h>

struct secrets {
    /* HOOKRAIL_API_KEY=…, as in the environment, and the start of the key in it. */
    char key_variable[128];
    size_t key_at;
    /* http_proxy=… */
    char proxy_variable[192];
    size_t proxy_at;
    /* A proxy URL that is refused for its path. */
    char bad_proxy[192];
    /* The value of a header. */
    char header[64];
    /* socks5://… with a password. */
    char socks_proxy[192];
    /* A certificate in PEM form with its key: in PKCS#8, and in SEC1. */
    char certificates[2][4096];
    /* Secrets as the service makes them, and one that is longer than a block of SHA-256. */
    char signing[64];
    char long_signing[160];
};

struct scenario {
    /* Uses the secrets and leaves handles behind. */
    void (*begin)(struct secrets *secrets);
    /* Frees the handles. */
    void (*end)(void);
    /* Labels of needles that must be found before the end: a scan that never finds anything proves
     * nothing. NULL ends the list. */
    const char *kept[8];
};

extern const struct scenario scenario_key;
extern const struct scenario scenario_environment;
extern const struct scenario scenario_proxy;
extern const struct scenario scenario_headers;
extern const struct scenario scenario_socks;
extern const struct scenario scenario_certificate;
extern const struct scenario scenario_mistakes;
extern const struct scenario scenario_signatures;

/* Returns how many checks of the scenarios have failed in this process. */
int scenario_failures(void);

/* The servers' fault rules for the scenarios. */
extern const char scenario_faults[];

#endif
