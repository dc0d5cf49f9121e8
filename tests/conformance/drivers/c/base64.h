/* Base64 with the standard alphabet and padding (RFC 4648, section 4). */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* The text of some bytes; to be freed. */
char *base64_encode(const char *bytes, size_t length);

/* The bytes of a text, to be freed, and their number; NULL where the text is none. */
char *base64_decode(const char *text, size_t length, size_t *decoded);

#endif
