#include "scenarios.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "harness.h"

#define DELIVERY_ID "01JXAMPLEDELIVERYID0000000"
#define SIGNED_AT 1781092800
#define BODY "{\"order_id\":\"o_1\"}"

const char scenario_faults[] =
    "[{\"match\":{\"topic\":\"secret.retried\"},\"status\":503,\"times\":2},"
    "{\"match\":{\"topic\":\"secret.reset\"},\"reset\":\"after_reading\",\"times\":1},"
    "{\"match\":{\"topic\":\"secret.refused\"},\"status\":401,\"times\":\"always\"},"
    "{\"match\":{\"topic\":\"secret.never\"},\"never_answer\":true,\"times\":\"always\"}]";

int scenario_failures(void)
{
    return harness_failures_of_test;
}

static hookrail_client *clients[8];
static size_t client_count;
static hookrail_client_options *kept_options;
static hookrail_prepared *kept_event;
static hookrail_verifier *verifier;
static hookrail_verifier_options *verifier_options;
static hookrail_verification *verification;

static hookrail_client *add_client(const char *key, enum server server,
                                   hookrail_client_options *options)
{
    hookrail_client *client = NULL;
    hookrail_error *error = NULL;
    const char *url = devserver_url(server);
    CHECK_INT(hookrail_client_new(key, key == NULL ? 0 : strlen(key), TEXT(url), options, &client,
                                  &error),
              HOOKRAIL_OK);
    CHECK_STR(hookrail_error_message(error), "");
    hookrail_error_free(error);
    clients[client_count++] = client;
    return client;
}

static void send_topic(const hookrail_client *client, const char *topic, const char *payload,
                       size_t length, const hookrail_send_options *options,
                       hookrail_status expected)
{
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT(topic), payload, length, options, &accepted, &error),
              expected);
    hookrail_accepted_free(accepted);
    hookrail_error_free(error);
}

static void send_larger_than_a_buffer(const hookrail_client *client)
{
    size_t length = 200000;
    char *payload = malloc(length);
    memset(payload, 0x31, length);
    payload[0] = payload[length - 1] = 0x22;
    send_topic(client, "secret.large", payload, length, NULL, HOOKRAIL_OK);
    free(payload);
}

static void send_beside_this_thread(const hookrail_client *client)
{
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_event_status *status = NULL;
    CHECK_INT(hookrail_call_send(client, TEXT("secret.call"), TEXT("1"), NULL, &call, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_call_free(call);
    const char *id = hookrail_accepted_event_id(accepted);
    CHECK_INT(hookrail_call_get_event(client, TEXT(id), 0, &call, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_get_event(call, &status, NULL), HOOKRAIL_OK);
    hookrail_call_free(call);
    hookrail_event_status_free(status);
    hookrail_accepted_free(accepted);
    CHECK_INT(hookrail_call_send(client, TEXT("secret.never"), TEXT("1"), NULL, &call, NULL),
              HOOKRAIL_OK);
    hookrail_call_free(call);
}

static void submit_events(const hookrail_client *client)
{
    /* A 401 to a key that has worked before counts as an outage, and the event may wait for its
     * end. */
    hookrail_send_options *impatient = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_timeout_ms(impatient, 200, NULL), HOOKRAIL_OK);
    for (uint64_t tag = 0; tag < 8; tag++) {
        const char *topic = tag < 4 ? "secret.queue" : "secret.refused";
        CHECK_INT(hookrail_submit_event(client, TEXT(topic), TEXT("1"), tag < 4 ? NULL : impatient,
                                        tag, 0, NULL, NULL),
                  HOOKRAIL_OK);
    }
    hookrail_send_options_free(impatient);
    CHECK_INT(hookrail_flush(client, 60000, NULL, NULL), HOOKRAIL_OK);
    hookrail_completion completions[8];
    size_t count = 0;
    CHECK_INT(hookrail_poll(client, completions, sizeof completions[0], 8, 60000, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 8);
    for (size_t i = 0; i < count; i++) {
        hookrail_accepted_free(completions[i].accepted);
        hookrail_error_free(completions[i].error);
    }
}

/* Sends once in each way: answered, retried, refused, unanswered, in pieces, as a background call,
 * queued. */
static void use_client(const hookrail_client *client)
{
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_timeout_ms(options, 50, NULL), HOOKRAIL_OK);
    send_topic(client, "secret.plain", TEXT("1"), NULL, HOOKRAIL_OK);
    send_topic(client, "secret.retried", TEXT("1"), NULL, HOOKRAIL_OK);
    send_topic(client, "secret.reset", TEXT("1"), NULL, HOOKRAIL_OK);
    send_topic(client, "secret.refused", TEXT("1"), NULL, HOOKRAIL_AUTHENTICATION);
    send_topic(client, "secret.never", TEXT("1"), options, HOOKRAIL_RETRIES_EXHAUSTED);
    hookrail_send_options_free(options);
    send_larger_than_a_buffer(client);
    send_beside_this_thread(client);
    submit_events(client);
    char json[8192];
    CHECK_INT(hookrail_client_stats(client, json, sizeof json, NULL, NULL), HOOKRAIL_OK);
    /* These are in flight when the client is freed. */
    for (uint64_t tag = 0; tag < 4; tag++) {
        CHECK_INT(hookrail_submit_event(client, TEXT("secret.never"), TEXT("1"), NULL, tag, 0, NULL,
                                        NULL),
                  HOOKRAIL_OK);
    }
}

static hookrail_client_options *options_with_proxy(enum server server, const char *url)
{
    hookrail_client_options *options = new_options(server);
    CHECK_INT(hookrail_client_options_set_proxy(options, TEXT(url), NULL), HOOKRAIL_OK);
    return options;
}

static void begin_with_key(struct secrets *own)
{
    for (int server = HTTP; server <= HTTPS; server++) {
        hookrail_client_options *options = new_options((enum server)server);
        use_client(add_client(own->key_variable + own->key_at, (enum server)server, options));
        hookrail_client_options_free(options);
    }
    /* No program listens there. */
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client *client = NULL;
    CHECK_INT(hookrail_client_new(TEXT(own->key_variable + own->key_at), TEXT(refusing_url()),
                                  options, &client, NULL),
              HOOKRAIL_OK);
    send_topic(client, "secret.nowhere", TEXT("1"), NULL, HOOKRAIL_RETRIES_EXHAUSTED);
    hookrail_client_options_free(options);
    hookrail_client_free(client);
}

static void begin_with_environment(struct secrets *own)
{
    putenv(own->key_variable);
    putenv(own->proxy_variable);
    use_client(add_client(NULL, HTTP, NULL));
    unsetenv("HOOKRAIL_API_KEY");
    unsetenv("http_proxy");
}

static void begin_with_proxy(struct secrets *own)
{
    for (int server = HTTP; server <= HTTPS; server++) {
        hookrail_client_options *options =
            options_with_proxy((enum server)server, own->proxy_variable + own->proxy_at);
        use_client(add_client(own->key_variable + own->key_at, (enum server)server, options));
        hookrail_client_options_free(kept_options);
        kept_options = options;
    }
}

/* Clients with a header, and sends with one: each header replaces another. */
static void begin_with_headers(struct secrets *own)
{
    for (int server = HTTP; server <= HTTPS; server++) {
        hookrail_client_options *options = new_options((enum server)server);
        hookrail_send_options *send = hookrail_send_options_new();
        for (int i = 0; i < 2; i++) {
            CHECK_INT(hookrail_client_options_add_header(options, TEXT("x-token"),
                                                         TEXT(own->header), NULL),
                      HOOKRAIL_OK);
            CHECK_INT(hookrail_send_options_add_header(send, TEXT("x-other-token"),
                                                       TEXT(own->header), NULL),
                      HOOKRAIL_OK);
        }
        hookrail_client *client =
            add_client(own->key_variable + own->key_at, (enum server)server, options);
        use_client(client);
        send_topic(client, "secret.retried", TEXT("1"), send, HOOKRAIL_OK);
        send_topic(client, "secret.refused", TEXT("1"), send, HOOKRAIL_AUTHENTICATION);
        uint64_t token = 0;
        CHECK_INT(hookrail_submit_event(client, TEXT("secret.queued"), TEXT("1"), send, 0, 0,
                                        &token, NULL),
                  HOOKRAIL_OK);
        hookrail_prepared_free(kept_event);
        kept_event = NULL;
        CHECK_INT(hookrail_event_prepare(client, TEXT("secret.prepared"), TEXT("1"), send,
                                         &kept_event, NULL),
                  HOOKRAIL_OK);
        hookrail_accepted *accepted = NULL;
        CHECK_INT(hookrail_send_prepared(client, hookrail_prepared_blob(kept_event),
                                         hookrail_prepared_blob_len(kept_event), NULL, 0, &accepted,
                                         NULL),
                  HOOKRAIL_OK);
        hookrail_accepted_free(accepted);
        hookrail_send_options_free(send);
        hookrail_client_options_free(kept_options);
        kept_options = options;
    }
}

static void begin_with_socks(struct secrets *own)
{
    for (int server = HTTP; server <= HTTPS; server++) {
        hookrail_client_options *options =
            options_with_proxy((enum server)server, own->socks_proxy);
        use_client(add_client(own->key_variable + own->key_at, (enum server)server, options));
        hookrail_client_options_free(options);
    }
}

/* Uses a certificate, and then sets both: nothing comes after that and overwrites what it leaves.
 */
static void begin_with_certificate(struct secrets *own)
{
    hookrail_client_options *options = new_options(HTTPS);
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(hookrail_client_options_set_client_certificate_pem(
                      options, TEXT(own->certificates[i % 2]), NULL, 0, NULL),
                  HOOKRAIL_OK);
        if (i == 0) {
            use_client(add_client(own->key_variable + own->key_at, HTTPS, options));
        }
    }
    hookrail_client_options_free(options);
}

static void end_clients(void)
{
    for (size_t i = 0; i < client_count; i++) {
        hookrail_client_free(clients[i]);
    }
    hookrail_client_options_free(kept_options);
}

static void end_headers(void)
{
    hookrail_prepared_free(kept_event);
    end_clients();
}

/* Makes settings that are refused; the errors must not quote secrets. */
static void begin_with_mistakes(struct secrets *own)
{
    char *key = own->key_variable + own->key_at;
    const char *url = devserver_url(HTTP);
    hookrail_client *client = NULL;
    hookrail_error *error = NULL;

    size_t length = strlen(key);
    key[length] = '\n';
    CHECK_INT(hookrail_client_new(key, length + 1, TEXT(url), NULL, &client, &error),
              HOOKRAIL_CONFIGURATION);
    key[length] = '\0';
    hookrail_error_free(error);

    hookrail_client_options *options = options_with_proxy(HTTP, own->bad_proxy);
    CHECK_INT(hookrail_client_new(TEXT(key), TEXT(url), options, &client, &error),
              HOOKRAIL_CONFIGURATION);
    kept_options = options;
    hookrail_error_free(error);

    options = options_with_proxy(HTTP, own->proxy_variable + own->proxy_at);
    CHECK_INT(hookrail_client_options_set_proxy(options, TEXT("http://replaced"), NULL),
              HOOKRAIL_OK);
    hookrail_client_options_free(options);
}

static void begin_signatures(struct secrets *own)
{
    const char *all[] = {own->signing, own->long_signing};
    size_t lengths[] = {strlen(all[0]), strlen(all[1])};
    char header[128];
    char text[8192];
    verifier_options = hookrail_verifier_options_new();
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(hookrail_verifier_options_add_secret(verifier_options, all[i], lengths[i], NULL),
                  HOOKRAIL_OK);
    }
    CHECK_INT(hookrail_verifier_new(verifier_options, &verifier, NULL), HOOKRAIL_OK);
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(hookrail_sign(all[i], lengths[i], SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY),
                                header, sizeof header, NULL, NULL),
                  HOOKRAIL_OK);
        for (size_t forged = 0; forged < 2; forged++) {
            const char *body = forged == 0 ? BODY : "{}";
            hookrail_status expected = forged == 0 ? HOOKRAIL_OK : HOOKRAIL_SIGNATURE_MISMATCH;
            CHECK_INT(hookrail_verify_signature(all, lengths, 2, TEXT(header), TEXT(DELIVERY_ID),
                                                TEXT(body), 300, SIGNED_AT),
                      expected);
            CHECK_INT(hookrail_verifier_verify(verifier, TEXT(header), TEXT(DELIVERY_ID),
                                               TEXT(body), SIGNED_AT, NULL, NULL, NULL, NULL),
                      expected);
            hookrail_verification *running = NULL;
            CHECK_INT(hookrail_verifier_begin(verifier, TEXT(header), TEXT(DELIVERY_ID), 0,
                                              SIGNED_AT, &running, NULL),
                      HOOKRAIL_OK);
            CHECK_INT(hookrail_verification_update(running, TEXT(body), NULL), HOOKRAIL_OK);
            CHECK_INT(hookrail_verification_finish(running, NULL, NULL, NULL, NULL), expected);
            hookrail_verification_free(running);
            CHECK_INT(hookrail_explain_signature(verifier_options, TEXT(header), TEXT(DELIVERY_ID),
                                                 NULL, 0, TEXT(body), SIGNED_AT, text, sizeof text,
                                                 NULL, NULL),
                      HOOKRAIL_OK);
        }
    }
    /* This verification is abandoned. */
    CHECK_INT(hookrail_verifier_begin(verifier, TEXT(header), TEXT(DELIVERY_ID), 0, SIGNED_AT,
                                      &verification, NULL),
              HOOKRAIL_OK);
}

static void end_signatures(void)
{
    hookrail_verification_free(verification);
    hookrail_verifier_free(verifier);
    hookrail_verifier_options_free(verifier_options);
}

const struct scenario scenario_key = {begin_with_key, end_clients, {"API key"}};
const struct scenario scenario_environment = {
    begin_with_environment, end_clients, {"API key", "proxy credentials, base64"}};
const struct scenario scenario_proxy = {
    begin_with_proxy,
    end_clients,
    {"API key", "proxy credentials, base64", "proxy credentials, in a URL"}};
const struct scenario scenario_socks = {
    begin_with_socks, end_clients, {"API key", "proxy credentials, of SOCKS5"}};
const struct scenario scenario_certificate = {begin_with_certificate, end_clients, {"API key"}};
const struct scenario scenario_headers = {begin_with_headers, end_headers, {"API key", "header"}};
const struct scenario scenario_mistakes = {
    begin_with_mistakes, end_clients, {"proxy credentials, in a URL"}};
const struct scenario scenario_signatures = {begin_signatures,
                                             end_signatures,
                                             {"signing secret", "signing secret, inner state",
                                              "signing secret, outer state", "long signing secret",
                                              "long signing secret, inner state",
                                              "long signing secret, outer state"}};
