/* A delivery to verify, signed by OpenSSL when the program starts. */
#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdint.h>

#include "options.h"

#define DELIVERY_SECRET "whsec_3q2-8rTf0mWb7yLkXc9vNs5hJd1gZp4a"
#define DELIVERY_ID "01JCD5W2Q9M5V8B2C7E4G6J0KP"
#define DELIVERY_MAC_LENGTH 32

struct delivery {
    /* The value of hookrail-signature. */
    char header[128];
    size_t header_length;
    /* The signed part in front of the body: "<t>.<delivery id>." */
    char prefix[64];
    size_t prefix_length;
    const char *body;
    size_t body_length;
    uint8_t mac[DELIVERY_MAC_LENGTH];
};

struct delivery delivery_make(const struct options *options);

#endif
