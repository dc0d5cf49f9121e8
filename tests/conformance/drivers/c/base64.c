#include "base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const char *bytes, size_t length)
{
    const unsigned char *from = (const unsigned char *)bytes;
    char *text = malloc((length + 2) / 3 * 4 + 1);
    if (text == NULL) {
        return NULL;
    }
    char *to = text;
    for (size_t at = 0; at < length; at += 3) {
        size_t left = length - at;
        uint32_t group = (uint32_t)from[at] << 16;
        group |= left > 1 ? (uint32_t)from[at + 1] << 8 : 0;
        group |= left > 2 ? from[at + 2] : 0;
        *to++ = ALPHABET[group >> 18];
        *to++ = ALPHABET[group >> 12 & 63];
        *to++ = left > 1 ? ALPHABET[group >> 6 & 63] : '=';
        *to++ = left > 2 ? ALPHABET[group & 63] : '=';
    }
    *to = '\0';
    return text;
}

/* Returns the value of a digit; 64 for any other character. */
static uint32_t value_of(char digit)
{
    const char *found = digit == '\0' ? NULL : strchr(ALPHABET, digit);
    return found == NULL ? 64 : (uint32_t)(found - ALPHABET);
}

char *base64_decode(const char *text, size_t length, size_t *decoded)
{
    if (length % 4 != 0) {
        return NULL;
    }
    char *bytes = malloc(length / 4 * 3 + 1);
    if (bytes == NULL) {
        return NULL;
    }
    size_t count = 0;
    for (size_t at = 0; at < length; at += 4) {
        bool last = at + 4 == length;
        size_t padding = last && text[at + 3] == '=' ? 1 + (size_t)(text[at + 2] == '=') : 0;
        uint32_t group = 0;
        for (size_t digit = 0; digit < 4; digit++) {
            uint32_t value = digit < 4 - padding ? value_of(text[at + digit]) : 0;
            if (value == 64) {
                free(bytes);
                return NULL;
            }
            group = group << 6 | value;
        }
        for (size_t byte = 0; byte < 3 - padding; byte++) {
            bytes[count++] = (char)(group >> (16 - 8 * byte) & 255);
        }
    }
    *decoded = count;
    return bytes;
}
