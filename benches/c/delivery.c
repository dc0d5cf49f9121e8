#include "delivery.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"

struct delivery delivery_make(const struct options *options)
{
    options_require(options->payload, "payload");
    struct delivery delivery = {.body = options->payload, .body_length = options->payload_length};
    long long now = (long long)time(NULL);
    delivery.prefix_length =
        (size_t)snprintf(delivery.prefix, sizeof delivery.prefix, "%lld.%s.", now, DELIVERY_ID);

    size_t length = delivery.prefix_length + delivery.body_length;
    unsigned char *message = malloc(length);
    unsigned mac_length = 0;
    if (message == NULL) {
        fail("no memory");
    }
    memcpy(message, delivery.prefix, delivery.prefix_length);
    memcpy(message + delivery.prefix_length, delivery.body, delivery.body_length);
    if (HMAC(EVP_sha256(), DELIVERY_SECRET, (int)strlen(DELIVERY_SECRET), message, length,
             delivery.mac, &mac_length)
            == NULL
        || mac_length != DELIVERY_MAC_LENGTH) {
        fail("HMAC");
    }
    free(message);

    char *end = delivery.header;
    end += sprintf(end, "t=%lld,v1=", now);
    for (size_t i = 0; i < DELIVERY_MAC_LENGTH; i++) {
        end += sprintf(end, "%02x", delivery.mac[i]);
    }
    delivery.header_length = (size_t)(end - delivery.header);
    return delivery;
}
