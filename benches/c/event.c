#include "event.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "fail.h"

static const char before[] = "{\"topic\":\"" EVENT_TOPIC "\",\"payload\":";

void event_new_key(char key[EVENT_KEY_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        fail("getrandom gives nothing");
    }
    random[6] = (uint8_t)((random[6] & 0x0f) | 0x40);
    random[8] = (uint8_t)((random[8] & 0x3f) | 0x80);
    char *out = key;
    for (size_t i = 0; i < sizeof random; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = digits[random[i] >> 4];
        *out++ = digits[random[i] & 0x0f];
    }
    *out = '\0';
}

size_t event_body_length(size_t payload_length)
{
    return sizeof before - 1 + payload_length + 1;
}

void event_write_body(char *body, const char *payload, size_t payload_length)
{
    memcpy(body, before, sizeof before - 1);
    memcpy(body + sizeof before - 1, payload, payload_length);
    body[sizeof before - 1 + payload_length] = '}';
}
