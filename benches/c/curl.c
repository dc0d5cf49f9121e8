#include "curl.h"

#include <string.h>

#include "fail.h"

#define KEY_HEADER "Idempotency-Key: "

#define SET(handle, option, value)                                                                 \
    do {                                                                                           \
        CURLcode set = curl_easy_setopt((handle), (option), (value));                              \
        if (set != CURLE_OK) {                                                                     \
            fail(#option ": %s", curl_easy_strerror(set));                                         \
        }                                                                                          \
    } while (0)

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    struct curl_event *event = user;
    size_t length = size * count;
    if (length >= sizeof event->answer - event->answer_length) {
        return 0;
    }
    memcpy(event->answer + event->answer_length, bytes, length);
    event->answer_length += length;
    return length;
}

static struct curl_slist *append(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL) {
        fail("no memory");
    }
    return longer;
}

struct curl_event *curl_event_open(const struct options *options)
{
    static const char path[] = "/v1/events";
    options_require(options->url, "url");
    options_require(options->payload, "payload");
    struct curl_event *event = calloc(1, sizeof *event);
    size_t body_length = event_body_length(options->payload_length);
    size_t url_size = strlen(options->url) + sizeof path;
    if (event == NULL || (event->handle = curl_easy_init()) == NULL
        || (event->url = malloc(url_size)) == NULL || (event->body = malloc(body_length)) == NULL) {
        fail("no memory");
    }
    event->options = options;
    snprintf(event->url, url_size, "%s%s", options->url, path);
    struct curl_slist *headers = append(NULL, "Authorization: Bearer " EVENT_API_KEY);
    append(headers, "Content-Type: application/json");
    append(headers, "Accept:");
    event->constant_headers = headers;
    event->key_header = (struct curl_slist){.data = event->key_line, .next = headers};
    memcpy(event->key_line, KEY_HEADER, sizeof KEY_HEADER);

    CURL *handle = event->handle;
    SET(handle, CURLOPT_URL, event->url);
    SET(handle, CURLOPT_POST, 1L);
    SET(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(handle, CURLOPT_USERAGENT, EVENT_USER_AGENT);
    SET(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_length);
    SET(handle, CURLOPT_POSTFIELDS, event->body);
    SET(handle, CURLOPT_HTTPHEADER, &event->key_header);
    SET(handle, CURLOPT_WRITEFUNCTION, collect);
    SET(handle, CURLOPT_WRITEDATA, event);
    SET(handle, CURLOPT_NOSIGNAL, 1L);
    SET(handle, CURLOPT_PROXY, "");
    SET(handle, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    SET(handle, CURLOPT_TIMEOUT_MS, 30000L);
    SET(handle, CURLOPT_PRIVATE, event);
    if (options->ca != NULL) {
        SET(handle, CURLOPT_CAINFO, options->ca);
    }
    return event;
}

void curl_event_prepare(struct curl_event *event)
{
    event_new_key(event->key_line + sizeof KEY_HEADER - 1);
    event_write_body(event->body, event->options->payload, event->options->payload_length);
    event->answer_length = 0;
}

void curl_event_check(struct curl_event *event, CURLcode result)
{
    long status = 0;
    if (result != CURLE_OK) {
        fail("libcurl: %s", curl_easy_strerror(result));
    }
    curl_easy_getinfo(event->handle, CURLINFO_RESPONSE_CODE, &status);
    event->answer[event->answer_length] = '\0';
    if (status != 202 || strstr(event->answer, "\"event_id\":\"") == NULL) {
        fail("libcurl: answered %ld: %s", status, event->answer);
    }
}

void curl_event_close(struct curl_event *event)
{
    curl_easy_cleanup(event->handle);
    curl_slist_free_all(event->constant_headers);
    free(event->body);
    free(event->url);
    free(event);
}
