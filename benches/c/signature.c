#include "signature.h"

#include <string.h>
#include <time.h>

#define TOLERANCE_SECONDS 300
#define MAX_TIME_DIGITS 18

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_mac(const char *hex, size_t length, uint8_t *mac)
{
    if (length != 2 * SIGNATURE_MAC_LENGTH) {
        return 0;
    }
    for (size_t i = 0; i < SIGNATURE_MAC_LENGTH; i++) {
        int high = digit_of(hex[2 * i]);
        int low = digit_of(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return 1;
}

static int is_fresh(const char *digits, size_t length)
{
    int64_t seconds = 0;
    if (length == 0 || length > MAX_TIME_DIGITS) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return 0;
        }
        seconds = seconds * 10 + (digits[i] - '0');
    }
    int64_t skew = (int64_t)time(NULL) - seconds;
    return skew >= -TOLERANCE_SECONDS && skew <= TOLERANCE_SECONDS;
}

int signature_read(const char *header, size_t length, struct signature *signature)
{
    const char *end = header + length;
    int has_mac = 0;
    signature->time_length = 0;
    while (header < end) {
        const char *comma = memchr(header, ',', (size_t)(end - header));
        const char *part_end = comma == NULL ? end : comma;
        while (header < part_end && *header == ' ') {
            header++;
        }
        size_t left = (size_t)(part_end - header);
        if (left > 2 && memcmp(header, "t=", 2) == 0) {
            signature->time = header + 2;
            signature->time_length = left - 2;
        } else if (left > 3 && memcmp(header, "v1=", 3) == 0) {
            has_mac = read_mac(header + 3, left - 3, signature->mac);
        }
        header = part_end + 1;
    }
    return has_mac && is_fresh(signature->time, signature->time_length);
}
