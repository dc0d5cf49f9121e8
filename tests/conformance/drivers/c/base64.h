/* Base64 with the standard alphabet and padding (RFC 4648, section 4). */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the text of some bytes. The caller frees it. */
char *base64_encode(const char *bytes, size_t length);

/* Returns the bytes of a text and their number; NULL if the text is not valid. The caller frees
 * them. */
char *base64_decode(const char *text, size_t length, size_t *decoded);

#endif
