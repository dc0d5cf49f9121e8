/*
 * Verifies a delivery with OpenSSL: without --whole only the MAC and its comparison, without
 * parsing the header and reading the clock; with --whole the complete verification.
 *
 *     --mac hmac   HMAC(), which takes its input in one piece
 *     --mac evp    an EVP_MAC context that keeps its key
 *     --mac pads   the low-level SHA-256, with precomputed states for the key's pads
 */

/* The low-level SHA-256 is deprecated, but the fastest. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <string.h>

#include "delivery.h"
#include "fail.h"
#include "load.h"
#include "signature.h"

/* The text in front of the body. */
struct prefix {
    const char *bytes;
    size_t length;
};

struct receiver;

typedef void compute_mac(struct receiver *receiver, struct prefix prefix, uint8_t *mac);

struct receiver {
    struct delivery delivery;
    compute_mac *compute;
    int whole;
    unsigned char *message;
    EVP_MAC_CTX *evp;
    SHA256_CTX inner;
    SHA256_CTX outer;
};

static void compute_hmac(struct receiver *receiver, struct prefix prefix, uint8_t *mac)
{
    const struct delivery *delivery = &receiver->delivery;
    memcpy(receiver->message, prefix.bytes, prefix.length);
    memcpy(receiver->message + prefix.length, delivery->body, delivery->body_length);
    HMAC(EVP_sha256(), DELIVERY_SECRET, (int)strlen(DELIVERY_SECRET), receiver->message,
         prefix.length + delivery->body_length, mac, NULL);
}

static void compute_evp(struct receiver *receiver, struct prefix prefix, uint8_t *mac)
{
    const struct delivery *delivery = &receiver->delivery;
    size_t length;
    EVP_MAC_init(receiver->evp, NULL, 0, NULL);
    EVP_MAC_update(receiver->evp, (const unsigned char *)prefix.bytes, prefix.length);
    EVP_MAC_update(receiver->evp, (const unsigned char *)delivery->body, delivery->body_length);
    EVP_MAC_final(receiver->evp, mac, &length, DELIVERY_MAC_LENGTH);
}

static void compute_pads(struct receiver *receiver, struct prefix prefix, uint8_t *mac)
{
    const struct delivery *delivery = &receiver->delivery;
    SHA256_CTX state = receiver->inner;
    SHA256_Update(&state, prefix.bytes, prefix.length);
    SHA256_Update(&state, delivery->body, delivery->body_length);
    SHA256_Final(mac, &state);
    state = receiver->outer;
    SHA256_Update(&state, mac, DELIVERY_MAC_LENGTH);
    SHA256_Final(mac, &state);
}

static void prepare_evp(struct receiver *receiver)
{
    char digest[] = "SHA256";
    OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                             OSSL_PARAM_construct_end()};
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    receiver->evp = EVP_MAC_CTX_new(algorithm);
    if (receiver->evp == NULL
        || EVP_MAC_init(receiver->evp, (const unsigned char *)DELIVERY_SECRET,
                        strlen(DELIVERY_SECRET), settings)
               != 1) {
        fail("EVP_MAC");
    }
    EVP_MAC_free(algorithm);
}

static void prepare_pad(SHA256_CTX *state, unsigned char with)
{
    unsigned char pad[SHA256_CBLOCK];
    memset(pad, with, sizeof pad);
    for (size_t i = 0; i < strlen(DELIVERY_SECRET); i++) {
        pad[i] ^= (unsigned char)DELIVERY_SECRET[i];
    }
    SHA256_Init(state);
    SHA256_Update(state, pad, sizeof pad);
}

static void *open_receiver(const struct options *options, void *shared)
{
    (void)shared;
    options_require(options->mac, "mac");
    struct receiver *receiver = calloc(1, sizeof *receiver);
    if (receiver == NULL
        || (receiver->message = malloc(sizeof receiver->delivery.prefix + options->payload_length))
               == NULL) {
        fail("no memory");
    }
    receiver->delivery = delivery_make(options);
    receiver->whole = options->whole;
    prepare_evp(receiver);
    prepare_pad(&receiver->inner, 0x36);
    prepare_pad(&receiver->outer, 0x5c);
    if (strcmp(options->mac, "hmac") == 0) {
        receiver->compute = compute_hmac;
    } else if (strcmp(options->mac, "evp") == 0) {
        receiver->compute = compute_evp;
    } else if (strcmp(options->mac, "pads") == 0) {
        receiver->compute = compute_pads;
    } else {
        fail("--mac is hmac, evp or pads, not \"%s\"", options->mac);
    }
    return receiver;
}

static int matches(struct receiver *receiver, struct prefix prefix, const uint8_t *claimed)
{
    uint8_t mac[DELIVERY_MAC_LENGTH];
    receiver->compute(receiver, prefix, mac);
    return CRYPTO_memcmp(mac, claimed, sizeof mac) == 0;
}

static int verify_whole(struct receiver *receiver)
{
    const struct delivery *delivery = &receiver->delivery;
    struct signature signature;
    char text[sizeof delivery->prefix];
    size_t id_length = strlen(DELIVERY_ID);
    if (!signature_read(delivery->header, delivery->header_length, &signature)) {
        return 0;
    }
    char *end = text;
    memcpy(end, signature.time, signature.time_length);
    end += signature.time_length;
    *end++ = '.';
    memcpy(end, DELIVERY_ID, id_length);
    end += id_length;
    *end++ = '.';
    struct prefix prefix = {.bytes = text, .length = (size_t)(end - text)};
    return matches(receiver, prefix, signature.mac);
}

static void verify(void *own)
{
    struct receiver *receiver = own;
    const struct delivery *delivery = &receiver->delivery;
    struct prefix prefix = {.bytes = delivery->prefix, .length = delivery->prefix_length};
    if (!(receiver->whole ? verify_whole(receiver) : matches(receiver, prefix, delivery->mac))) {
        fail("a delivery that does not verify");
    }
}

static void close_receiver(void *own)
{
    struct receiver *receiver = own;
    EVP_MAC_CTX_free(receiver->evp);
    free(receiver->message);
    free(receiver);
}

int main(int argc, char **argv)
{
    const struct load load = {NULL, open_receiver, verify, close_receiver, NULL};
    return load_main(argc, argv, &load);
}
