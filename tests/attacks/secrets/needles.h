/*
 * Byte sequences that must not be in the memory of a process: the forms of secrets, cut into
 * overlapping windows. Windows are necessary because an allocator overwrites the first bytes of
 * freed memory, and because a buffer may hold only a part.
 */
#ifndef NEEDLES_H
#define NEEDLES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sha256.h"

/* Random bytes or hexadecimal digits of this length do not occur by chance. */
#define NEEDLE_WINDOW 12
#define NEEDLE_LABELS 64
#define NEEDLE_WINDOWS 16384

struct needles {
    size_t labels;
    char label[NEEDLE_LABELS][64];
    size_t windows;
    unsigned char window[NEEDLE_WINDOWS][NEEDLE_WINDOW];
    uint8_t label_of[NEEDLE_WINDOWS];
    /* The windows by their first two bytes: the index of a chain's first window plus 1, and the
     * next one. */
    uint16_t first[65536];
    uint16_t next[NEEDLE_WINDOWS];
};

static inline size_t needles_label(struct needles *needles, const char *name, const char *form)
{
    char label[sizeof needles->label[0]];
    snprintf(label, sizeof label, "%s%s%s", name, *form == '\0' ? "" : ", ", form);
    for (size_t i = 0; i < needles->labels; i++) {
        if (strcmp(needles->label[i], label) == 0) {
            return i;
        }
    }
    if (needles->labels == NEEDLE_LABELS) {
        abort();
    }
    strcpy(needles->label[needles->labels], label);
    return needles->labels++;
}

/* Adds every window of these bytes that begins at a multiple of `step`. */
static inline void needles_add(struct needles *needles, const char *name, const char *form,
                               const void *bytes, size_t length, size_t step)
{
    size_t label = needles_label(needles, name, form);
    for (size_t at = 0; at + NEEDLE_WINDOW <= length; at += step) {
        if (needles->windows == NEEDLE_WINDOWS) {
            abort();
        }
        const unsigned char *start = (const unsigned char *)bytes + at;
        size_t window = needles->windows++;
        unsigned bucket = (unsigned)start[0] << 8 | start[1];
        memcpy(needles->window[window], start, NEEDLE_WINDOW);
        needles->label_of[window] = (uint8_t)label;
        needles->next[window] = needles->first[bucket];
        needles->first[bucket] = (uint16_t)(window + 1);
    }
}

/* Adds the state of SHA-256 in both forms that occur in memory: as an array of words, and as the
 * pairs of registers that the SHA instructions of x86 use. */
static inline void needles_add_state(struct needles *needles, const char *name, const char *form,
                                     const uint32_t state[SHA256_WORDS])
{
    static const int registers[SHA256_WORDS] = {5, 4, 1, 0, 7, 6, 3, 2};
    uint32_t paired[SHA256_WORDS];
    for (int i = 0; i < SHA256_WORDS; i++) {
        paired[i] = state[registers[i]];
    }
    needles_add(needles, name, form, state, 4 * SHA256_WORDS, 4);
    needles_add(needles, name, form, paired, 16, 4);
    needles_add(needles, name, form, paired + 4, 16, 4);
}

/* Adds a signing secret and the HMAC-SHA256 (RFC 2104) values made from it: each is enough to sign.
 * */
static inline void needles_add_hmac_key(struct needles *needles, const char *name,
                                        const void *secret, size_t length)
{
    static const unsigned char pads[] = {0x36, 0x5c};
    static const char *const blocks[] = {"inner key block", "outer key block"};
    static const char *const states[] = {"inner state", "outer state"};
    unsigned char key[SHA256_BLOCK] = {0};
    size_t used = length;
    needles_add(needles, name, "", secret, length, 1);
    if (length > SHA256_BLOCK) {
        sha256_digest(secret, length, key);
        used = 32;
        needles_add(needles, name, "digest", key, used, 1);
    } else {
        memcpy(key, secret, length);
    }
    for (int pad = 0; pad < 2; pad++) {
        unsigned char block[SHA256_BLOCK];
        uint32_t state[SHA256_WORDS];
        for (size_t i = 0; i < sizeof block; i++) {
            block[i] = key[i] ^ pads[pad];
        }
        needles_add(needles, name, blocks[pad], block, used, 1);
        sha256_begin(state);
        sha256_block(state, block);
        needles_add_state(needles, name, states[pad], state);
    }
}

/* Returns the label of the window at the start of these bytes, or -1. */
static inline int needles_match(const struct needles *needles, const unsigned char *bytes)
{
    unsigned window = needles->first[(unsigned)bytes[0] << 8 | bytes[1]];
    while (window != 0) {
        if (memcmp(needles->window[window - 1], bytes, NEEDLE_WINDOW) == 0) {
            return needles->label_of[window - 1];
        }
        window = needles->next[window - 1];
    }
    return -1;
}

#endif
