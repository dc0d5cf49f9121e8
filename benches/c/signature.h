/* The part of a verification other than the MAC, written for OpenSSL's side from the description of
 * the protocol. */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_MAC_LENGTH 32

struct signature {
    /* The signed time, as text of the header. */
    const char *time;
    size_t time_length;
    uint8_t mac[SIGNATURE_MAC_LENGTH];
};

/* Parses the value of hookrail-signature. Returns 0 if it is malformed or its time is too far from
 * now. */
int signature_read(const char *header, size_t length, struct signature *signature);

#endif
