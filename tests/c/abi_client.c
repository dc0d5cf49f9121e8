/* Cases of abi.h: clients, options and tokens. */
#include <stdint.h>
#include <stdlib.h>

#include "abi.h"
#include "fixture.h"

#define OK HOOKRAIL_OK
#define INVALID HOOKRAIL_INVALID_ARGUMENT
#define UNUSABLE HOOKRAIL_CONFIGURATION

/* No key, neither here nor in the environment. */
static const struct bytes_rules api_key = {UNUSABLE, UNUSABLE, UNUSABLE, UNUSABLE, UNUSABLE};
/* A missing URL has a default. */
static const struct bytes_rules base_url = {OK, UNUSABLE, UNUSABLE, UNUSABLE, INVALID};
/* The client of this key exists: the other arguments are ignored. */
static const struct bytes_rules unread = {OK, OK, OK, OK, OK};
static const struct bytes_rules unread_url = {OK, OK, OK, OK, INVALID};
static const struct bytes_rules path = {INVALID, INVALID, UNUSABLE, UNUSABLE, INVALID};
/* Without it, the certificate's file has to hold the key. */
static const struct bytes_rules other_path = {UNUSABLE, INVALID, UNUSABLE, UNUSABLE, INVALID};
static const struct bytes_rules socket_path = {OK, INVALID, INVALID, INVALID, INVALID};
static const struct bytes_rules pem = {UNUSABLE, UNUSABLE, UNUSABLE, UNUSABLE, UNLIMITED};
/* A missing URL means no proxy; hookrail_client_new() checks the URL. */
static const struct bytes_rules proxy = {OK, OK, INVALID, OK, INVALID};
static const struct bytes_rules any_name = {INVALID, INVALID, OK, OK, UNLIMITED};
static const struct bytes_rules strict_name = {INVALID, INVALID, INVALID, INVALID, INVALID};

static void call_hookrail_client_new(void)
{
    hookrail_client *out = UNTOUCHED;
    STATUS(hookrail_client_new(
        BYTES("api_key", "hk_abi", api_key), BYTES("base_url", "http://127.0.0.1:1", base_url),
        OPTIONAL("options", abi.client_options), NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_client_free(out);
    }
}

static void call_hookrail_client_shared(void)
{
    hookrail_client *out = UNTOUCHED;
    STATUS(hookrail_client_shared(BYTES("key", "abi", any_name), BYTES("api_key", "hk_abi", unread),
                                  BYTES("base_url", "http://127.0.0.1:1", unread_url),
                                  OPTIONAL("options", abi.client_options), NEEDED("out", &out),
                                  ERROR));
    if (MADE(out)) {
        hookrail_client_free(out);
    }
}

static void call_hookrail_client_free(void)
{
    hookrail_client *client = NULL;
    hookrail_client_new(TEXT("hk_abi"), TEXT("http://127.0.0.1:1"), NULL, &client, NULL);
    NO_VALUE(hookrail_client_free(NEEDED("client", client)));
    if (abi_spoiled != NULL) {
        hookrail_client_free(client);
    }
}

static void call_hookrail_client_close(void)
{
    hookrail_client *client = NULL;
    size_t unsent = 0;
    hookrail_client_new(TEXT("hk_abi"), TEXT("http://127.0.0.1:1"), NULL, &client, NULL);
    STATUS(hookrail_client_close(NEEDED("client", client), 0, OPTIONAL("unsent", &unsent), ERROR));
    hookrail_client_free(client);
}

static void call_hookrail_client_stats(void)
{
    char buffer[1024];
    size_t needed = 0;
    STATUS(hookrail_client_stats(NEEDED("client", abi.client), NEEDED("buffer", buffer),
                                 sizeof buffer, OPTIONAL("needed", &needed), ERROR));
}

static void call_hookrail_client_metrics(void)
{
    char buffer[8192];
    size_t needed = 0;
    STATUS(hookrail_client_metrics(NEEDED("client", abi.client), NEEDED("buffer", buffer),
                                   sizeof buffer, OPTIONAL("needed", &needed), ERROR));
}

static void call_hookrail_client_options_new(void)
{
    hookrail_client_options *options = NULL;
    POINTER_VALUE(options = hookrail_client_options_new());
    hookrail_client_options_free(options);
}

static void call_hookrail_client_options_free(void)
{
    hookrail_client_options *options = hookrail_client_options_new();
    NO_VALUE(hookrail_client_options_free(NEEDED("options", options)));
    if (abi_spoiled != NULL) {
        hookrail_client_options_free(options);
    }
}

static void call_hookrail_client_options_set_connect_timeout_ms(void)
{
    STATUS(hookrail_client_options_set_connect_timeout_ms(NEEDED("options", abi.client_options),
                                                          1000, ERROR));
}

static void call_hookrail_client_options_set_read_timeout_ms(void)
{
    STATUS(hookrail_client_options_set_read_timeout_ms(NEEDED("options", abi.client_options), 1000,
                                                       ERROR));
}

static void call_hookrail_client_options_set_write_timeout_ms(void)
{
    STATUS(hookrail_client_options_set_write_timeout_ms(NEEDED("options", abi.client_options), 1000,
                                                        ERROR));
}

static void call_hookrail_client_options_set_total_timeout_ms(void)
{
    STATUS(hookrail_client_options_set_total_timeout_ms(NEEDED("options", abi.client_options), 1000,
                                                        ERROR));
}

static void call_hookrail_client_options_set_max_retries(void)
{
    STATUS(
        hookrail_client_options_set_max_retries(NEEDED("options", abi.client_options), 1, ERROR));
}

static void call_hookrail_client_options_set_backoff_ms(void)
{
    STATUS(hookrail_client_options_set_backoff_ms(NEEDED("options", abi.client_options), 1, 10,
                                                  ERROR));
}

static void call_hookrail_client_options_set_respect_retry_after(void)
{
    STATUS(hookrail_client_options_set_respect_retry_after(NEEDED("options", abi.client_options),
                                                           true, ERROR));
}

static void call_hookrail_client_options_set_require_https(void)
{
    STATUS(hookrail_client_options_set_require_https(NEEDED("options", abi.client_options), false,
                                                     ERROR));
}

static void call_hookrail_client_options_set_require_base_url(void)
{
    STATUS(hookrail_client_options_set_require_base_url(NEEDED("options", abi.client_options), true,
                                                        ERROR));
}

static void call_hookrail_client_options_add_ca_file(void)
{
    const char *file = devserver_ca_file(HTTPS);
    STATUS(hookrail_client_options_add_ca_file(NEEDED("options", abi.client_options),
                                               BYTES("path", file, path), ERROR));
}

static void call_hookrail_client_options_set_client_certificate_file(void)
{
    STATUS(hookrail_client_options_set_client_certificate_file(
        NEEDED("options", abi.client_options),
        BYTES("certificate_path", devserver_certificate_file(HTTPS), path),
        BYTES("key_path", devserver_key_file(HTTPS), other_path), ERROR));
}

static void call_hookrail_client_options_set_client_certificate_pem(void)
{
    char *certificate = read_file(devserver_certificate_file(HTTPS), NULL);
    char *key = read_file(devserver_key_file(HTTPS), NULL);
    STATUS(hookrail_client_options_set_client_certificate_pem(
        NEEDED("options", abi.client_options), BYTES("certificate_pem", certificate, pem),
        BYTES("key_pem", key, pem), ERROR));
    free(certificate);
    free(key);
}

static void call_hookrail_client_options_add_ca_pem(void)
{
    size_t length = 0;
    char *text = read_file(devserver_ca_file(HTTPS), &length);
    STATUS(hookrail_client_options_add_ca_pem(NEEDED("options", abi.client_options),
                                              BYTES_OF("pem", text, length, pem), ERROR));
    free(text);
}

static void call_hookrail_client_options_set_tls_roots(void)
{
    STATUS(hookrail_client_options_set_tls_roots(NEEDED("options", abi.client_options),
                                                 HOOKRAIL_TLS_ROOTS_EXTRA_ONLY, ERROR));
}

static void call_hookrail_client_options_set_unix_socket(void)
{
    STATUS(hookrail_client_options_set_unix_socket(
        NEEDED("options", abi.client_options), BYTES("path", "/run/abi.sock", socket_path), ERROR));
    hookrail_client_options_set_unix_socket(abi.client_options, NULL, 0, NULL);
}

static void call_hookrail_client_options_set_proxy(void)
{
    STATUS(hookrail_client_options_set_proxy(NEEDED("options", abi.client_options),
                                             BYTES("url", "http://127.0.0.1:1", proxy), ERROR));
    hookrail_client_options_set_proxy(abi.client_options, NULL, 0, NULL);
}

static void call_hookrail_client_options_set_idle_connections(void)
{
    STATUS(hookrail_client_options_set_idle_connections(NEEDED("options", abi.client_options),
                                                        SIZE_MAX, ERROR));
}

static void call_hookrail_client_options_set_max_connection_age_ms(void)
{
    STATUS(hookrail_client_options_set_max_connection_age_ms(NEEDED("options", abi.client_options),
                                                             60000, ERROR));
}

static void call_hookrail_client_options_set_payload_limit(void)
{
    STATUS(hookrail_client_options_set_payload_limit(NEEDED("options", abi.client_options),
                                                     SIZE_MAX, ERROR));
}

static void call_hookrail_client_options_set_queue_max_events(void)
{
    STATUS(hookrail_client_options_set_queue_max_events(NEEDED("options", abi.client_options),
                                                        SIZE_MAX, ERROR));
}

static void call_hookrail_client_options_set_queue_max_bytes(void)
{
    STATUS(hookrail_client_options_set_queue_max_bytes(NEEDED("options", abi.client_options),
                                                       SIZE_MAX, ERROR));
}

static void call_hookrail_client_options_set_workers(void)
{
    STATUS(hookrail_client_options_set_workers(NEEDED("options", abi.client_options), 4096, ERROR));
}

static void call_hookrail_client_options_set_delivery_timeout_ms(void)
{
    STATUS(hookrail_client_options_set_delivery_timeout_ms(NEEDED("options", abi.client_options),
                                                           1000, ERROR));
}

static void call_hookrail_client_options_add_header(void)
{
    STATUS(hookrail_client_options_add_header(NEEDED("options", abi.client_options),
                                              BYTES("name", "x-abi", strict_name),
                                              BYTES("value", "1", strict_name), ERROR));
}

static void call_hookrail_client_options_set_user_agent_suffix(void)
{
    STATUS(hookrail_client_options_set_user_agent_suffix(
        NEEDED("options", abi.client_options), BYTES("suffix", "abi/1", strict_name), ERROR));
}

static void call_hookrail_client_options_set_binding(void)
{
    STATUS(hookrail_client_options_set_binding(NEEDED("options", abi.client_options),
                                               BYTES("language", "abi", strict_name), ERROR));
}

static void call_hookrail_send_options_new(void)
{
    hookrail_send_options *options = NULL;
    POINTER_VALUE(options = hookrail_send_options_new());
    hookrail_send_options_free(options);
}

static void call_hookrail_send_options_free(void)
{
    hookrail_send_options *options = hookrail_send_options_new();
    NO_VALUE(hookrail_send_options_free(NEEDED("options", options)));
    if (abi_spoiled != NULL) {
        hookrail_send_options_free(options);
    }
}

static void call_hookrail_send_options_set_idempotency_key(void)
{
    hookrail_send_options *options = hookrail_send_options_new();
    STATUS(hookrail_send_options_set_idempotency_key(NEEDED("options", options),
                                                     BYTES("key", "k", strict_name), ERROR));
    hookrail_send_options_free(options);
}

static void call_hookrail_send_options_set_ordering_key(void)
{
    hookrail_send_options *options = hookrail_send_options_new();
    STATUS(hookrail_send_options_set_ordering_key(NEEDED("options", options),
                                                  BYTES("key", "k", strict_name), ERROR));
    hookrail_send_options_free(options);
}

static void call_hookrail_send_options_add_header(void)
{
    hookrail_send_options *options = hookrail_send_options_new();
    STATUS(hookrail_send_options_add_header(NEEDED("options", options),
                                            BYTES("name", "x-abi", strict_name),
                                            BYTES("value", "1", strict_name), ERROR));
    hookrail_send_options_free(options);
}

static void call_hookrail_send_options_set_timeout_ms(void)
{
    STATUS(hookrail_send_options_set_timeout_ms(NEEDED("options", abi.send_options), 60000, ERROR));
}

static void call_hookrail_send_options_set_cancel(void)
{
    hookrail_send_options *options = hookrail_send_options_new();
    STATUS(hookrail_send_options_set_cancel(NEEDED("options", options),
                                            OPTIONAL("cancel", abi.cancel), ERROR));
    hookrail_send_options_free(options);
}

static void call_hookrail_cancel_new(void)
{
    hookrail_cancel *out = UNTOUCHED;
    STATUS(hookrail_cancel_new(NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_cancel_free(out);
    }
}

static void call_hookrail_cancel_fire(void)
{
    hookrail_cancel *cancel = NULL;
    hookrail_cancel_new(&cancel, NULL);
    NO_VALUE(hookrail_cancel_fire(NEEDED("cancel", cancel)));
    hookrail_cancel_free(cancel);
}

static void call_hookrail_cancel_is_fired(void)
{
    hookrail_cancel *cancel = NULL;
    hookrail_cancel_new(&cancel, NULL);
    hookrail_cancel_fire(cancel);
    NUMBER_VALUE(hookrail_cancel_is_fired(NEEDED("cancel", cancel)));
    hookrail_cancel_free(cancel);
}

static void call_hookrail_cancel_free(void)
{
    hookrail_cancel *cancel = NULL;
    hookrail_cancel_new(&cancel, NULL);
    NO_VALUE(hookrail_cancel_free(NEEDED("cancel", cancel)));
    if (abi_spoiled != NULL) {
        hookrail_cancel_free(cancel);
    }
}

const struct abi_case client_cases[] = {
    CASE(hookrail_client_new),
    CASE(hookrail_client_shared),
    CASE_WITH_VALUE(hookrail_client_free, ""),
    CASE(hookrail_client_close),
    CASE(hookrail_client_stats),
    CASE(hookrail_client_metrics),
    CASE_WITH_VALUE(hookrail_client_options_new, "NULL"),
    CASE_WITH_VALUE(hookrail_client_options_free, ""),
    CASE(hookrail_client_options_set_connect_timeout_ms),
    CASE(hookrail_client_options_set_read_timeout_ms),
    CASE(hookrail_client_options_set_write_timeout_ms),
    CASE(hookrail_client_options_set_total_timeout_ms),
    CASE(hookrail_client_options_set_max_retries),
    CASE(hookrail_client_options_set_backoff_ms),
    CASE(hookrail_client_options_set_respect_retry_after),
    CASE(hookrail_client_options_set_require_https),
    CASE(hookrail_client_options_set_require_base_url),
    CASE(hookrail_client_options_add_ca_file),
    CASE(hookrail_client_options_add_ca_pem),
    CASE(hookrail_client_options_set_client_certificate_file),
    CASE(hookrail_client_options_set_client_certificate_pem),
    CASE(hookrail_client_options_set_tls_roots),
    CASE(hookrail_client_options_set_unix_socket),
    CASE(hookrail_client_options_set_proxy),
    CASE(hookrail_client_options_set_idle_connections),
    CASE(hookrail_client_options_set_max_connection_age_ms),
    CASE(hookrail_client_options_set_payload_limit),
    CASE(hookrail_client_options_set_queue_max_events),
    CASE(hookrail_client_options_set_queue_max_bytes),
    CASE(hookrail_client_options_set_workers),
    CASE(hookrail_client_options_set_delivery_timeout_ms),
    CASE(hookrail_client_options_add_header),
    CASE(hookrail_client_options_set_user_agent_suffix),
    CASE(hookrail_client_options_set_binding),
    CASE_WITH_VALUE(hookrail_send_options_new, "NULL"),
    CASE_WITH_VALUE(hookrail_send_options_free, ""),
    CASE(hookrail_send_options_set_idempotency_key),
    CASE(hookrail_send_options_set_ordering_key),
    CASE(hookrail_send_options_add_header),
    CASE(hookrail_send_options_set_timeout_ms),
    CASE(hookrail_send_options_set_cancel),
    CASE(hookrail_cancel_new),
    CASE_WITH_VALUE(hookrail_cancel_fire, ""),
    CASE_WITH_VALUE(hookrail_cancel_is_fired, "0"),
    CASE_WITH_VALUE(hookrail_cancel_free, ""),
    END_OF_CASES,
};
