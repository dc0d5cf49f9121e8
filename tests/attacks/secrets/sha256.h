/* SHA-256 (FIPS 180-4) with access to the state after one block, which no library gives. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHA256_BLOCK 64
#define SHA256_WORDS 8

static inline uint32_t sha256_rotate(uint32_t word, int by)
{
    return word >> by | word << (32 - by);
}

static inline void sha256_begin(uint32_t state[SHA256_WORDS])
{
    static const uint32_t initial[SHA256_WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(state, initial, sizeof initial);
}

static inline void sha256_block(uint32_t state[SHA256_WORDS],
                                const unsigned char block[SHA256_BLOCK])
{
    static const uint32_t constants[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2};
    uint32_t schedule[64];
    uint32_t word[SHA256_WORDS];
    for (int i = 0; i < 16; i++) {
        const unsigned char *bytes = block + 4 * i;
        schedule[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8
                      | bytes[3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t early = schedule[i - 15];
        uint32_t late = schedule[i - 2];
        uint32_t sigma0 = sha256_rotate(early, 7) ^ sha256_rotate(early, 18) ^ early >> 3;
        uint32_t sigma1 = sha256_rotate(late, 17) ^ sha256_rotate(late, 19) ^ late >> 10;
        schedule[i] = schedule[i - 16] + sigma0 + schedule[i - 7] + sigma1;
    }
    memcpy(word, state, sizeof word);
    for (int i = 0; i < 64; i++) {
        uint32_t a = word[0];
        uint32_t e = word[4];
        uint32_t sum1 = sha256_rotate(e, 6) ^ sha256_rotate(e, 11) ^ sha256_rotate(e, 25);
        uint32_t choice = (e & word[5]) ^ (~e & word[6]);
        uint32_t first = word[7] + sum1 + choice + constants[i] + schedule[i];
        uint32_t sum0 = sha256_rotate(a, 2) ^ sha256_rotate(a, 13) ^ sha256_rotate(a, 22);
        uint32_t majority = (a & word[1]) ^ (a & word[2]) ^ (word[1] & word[2]);
        memmove(word + 1, word, 7 * sizeof word[0]);
        word[4] += first;
        word[0] = first + sum0 + majority;
    }
    for (int i = 0; i < SHA256_WORDS; i++) {
        state[i] += word[i];
    }
}

static inline void sha256_store(const uint32_t state[SHA256_WORDS], unsigned char out[32])
{
    for (int i = 0; i < SHA256_WORDS; i++) {
        for (int byte = 0; byte < 4; byte++) {
            out[4 * i + byte] = (unsigned char)(state[i] >> (24 - 8 * byte));
        }
    }
}

/* Returns the digest of a message of less than 119 bytes, which is at most two blocks. */
static inline void sha256_digest(const void *message, size_t length, unsigned char digest[32])
{
    unsigned char blocks[2 * SHA256_BLOCK] = {0};
    uint32_t state[SHA256_WORDS];
    size_t used = length < 56 ? SHA256_BLOCK : 2 * SHA256_BLOCK;
    memcpy(blocks, message, length);
    blocks[length] = 0x80;
    blocks[used - 2] = (unsigned char)(length >> 5);
    blocks[used - 1] = (unsigned char)(length << 3);
    sha256_begin(state);
    for (size_t at = 0; at < used; at += SHA256_BLOCK) {
        sha256_block(state, blocks + at);
    }
    sha256_store(state, digest);
}

#endif
