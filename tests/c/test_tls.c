/* https: the certificates that a client trusts, and the errors for others. */
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

static hookrail_client *client_for(const char *url, hookrail_client_options *options)
{
    hookrail_client *client = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_client_options_set_proxy(options, NULL, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT(url), options, &client, &error), HOOKRAIL_OK);
    CHECK_STR(hookrail_error_message(error), "");
    hookrail_error_free(error);
    hookrail_client_options_free(options);
    return client;
}

static void check_untrusted(enum server server, hookrail_client_options *options)
{
    devserver_reset(server);
    hookrail_client *client = client_for(devserver_url(server), options);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_TLS);
    CHECK_INT(hookrail_error_attempts(error), 1);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK(!hookrail_error_retryable(error));
    CHECK_CONTAINS(hookrail_error_message(error), "certificate");
    hookrail_error_free(error);
    hookrail_client_free(client);
    CHECK_INT(devserver_count(server, "requests"), 0);
    devserver_wait(server, "tls_failures=1");
    CHECK_INT(devserver_count(server, "tls_failures"), 1);
}

static void test_an_authority_can_be_given_as_a_file(void)
{
    hookrail_client *client = new_client(HTTPS);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(send_simple(client, "2"), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTPS, "events"), 2);
    CHECK_INT(devserver_count(HTTPS, "connections"), 1);
    hookrail_client_free(client);
}

static void test_an_authority_can_be_given_as_pem(void)
{
    devserver_reset(HTTPS);
    size_t length = 0;
    char *pem = read_file(devserver_ca_file(HTTPS), &length);
    hookrail_client_options *options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_add_ca_pem(options, pem, length, NULL), HOOKRAIL_OK);
    free(pem);
    hookrail_client *client = client_for(devserver_url(HTTPS), options);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void test_only_the_given_authority_can_be_trusted(void)
{
    devserver_reset(HTTPS);
    hookrail_client_options *options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_set_tls_roots(options, HOOKRAIL_TLS_ROOTS_EXTRA_ONLY, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_add_ca_file(options, TEXT(devserver_ca_file(HTTPS)), NULL),
              HOOKRAIL_OK);
    hookrail_client *client = client_for(devserver_url(HTTPS), options);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void test_an_unknown_authority_is_final(void)
{
    check_untrusted(HTTPS, hookrail_client_options_new());
}

static void test_another_authority_is_final(void)
{
    hookrail_client_options *options = hookrail_client_options_new();
    const char *other = devserver_ca_file(HTTPS_OTHER_HOST);
    CHECK_INT(hookrail_client_options_add_ca_file(options, TEXT(other), NULL), HOOKRAIL_OK);
    check_untrusted(HTTPS, options);
}

static void test_a_certificate_for_another_host_is_final(void)
{
    check_untrusted(HTTPS_OTHER_HOST, new_options(HTTPS_OTHER_HOST));
}

static void test_authorities_that_cannot_be_used_are_refused(void)
{
    hookrail_client_options *options = hookrail_client_options_new();
    hookrail_error *error = NULL;
    const char *missing = "/nonexistent/ca.pem";
    CHECK_INT(hookrail_client_options_add_ca_file(options, TEXT(missing), &error),
              HOOKRAIL_CONFIGURATION);
    CHECK_CONTAINS(hookrail_error_message(error), missing);
    hookrail_error_free(error);

    static const char *const pems[] = {
        "", "no PEM at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
    for (size_t i = 0; i < sizeof pems / sizeof pems[0]; i++) {
        error = NULL;
        CHECK_INT(hookrail_client_options_add_ca_pem(options, TEXT(pems[i]), &error),
                  HOOKRAIL_CONFIGURATION);
        CHECK_CONTAINS(hookrail_error_message(error), "certificate");
        hookrail_error_free(error);
    }
    hookrail_client_options_free(options);
}

/* Asks the server that demands a client certificate for the status of an event. */
static hookrail_status ask_demanding_server(hookrail_client_options *options,
                                            hookrail_error **error)
{
    const char *ca = devserver_ca_file(HTTPS_OTHER_HOST);
    CHECK_INT(hookrail_client_options_add_ca_file(options, TEXT(ca), NULL), HOOKRAIL_OK);
    hookrail_client *client = client_for(required_environment("TEST_DEMANDING_URL"), options);
    hookrail_event_status *event = NULL;
    hookrail_status status = hookrail_get_event(client, TEXT("E1"), NULL, 0, &event, error);
    CHECK_STR(hookrail_event_status_event_id(event), status == HOOKRAIL_OK ? "E1" : "");
    hookrail_event_status_free(event);
    hookrail_client_free(client);
    return status;
}

static void test_a_client_certificate_is_shown_to_a_server_that_demands_one(void)
{
    const char *certificate = devserver_certificate_file(HTTPS_OTHER_HOST);
    const char *key = devserver_key_file(HTTPS_OTHER_HOST);
    hookrail_client_options *options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_set_client_certificate_file(options, TEXT(certificate),
                                                                  TEXT(key), NULL),
              HOOKRAIL_OK);
    CHECK_INT(ask_demanding_server(options, NULL), HOOKRAIL_OK);

    char *both = malloc(16384);
    char *certificate_pem = read_file(certificate, NULL);
    char *key_pem = read_file(key, NULL);
    snprintf(both, 16384, "%s%s", certificate_pem, key_pem);
    options = hookrail_client_options_new();
    CHECK_INT(
        hookrail_client_options_set_client_certificate_pem(options, TEXT(both), NULL, 0, NULL),
        HOOKRAIL_OK);
    free(both);
    free(certificate_pem);
    free(key_pem);
    CHECK_INT(ask_demanding_server(options, NULL), HOOKRAIL_OK);

    hookrail_error *error = NULL;
    CHECK_INT(ask_demanding_server(hookrail_client_options_new(), &error), HOOKRAIL_TLS);
    CHECK_CONTAINS(hookrail_error_message(error), "demands a client certificate");
    hookrail_error_free(error);

    /* One of another authority. */
    certificate = devserver_certificate_file(HTTPS);
    key = devserver_key_file(HTTPS);
    options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_set_client_certificate_file(options, TEXT(certificate),
                                                                  TEXT(key), NULL),
              HOOKRAIL_OK);
    error = NULL;
    CHECK_INT(ask_demanding_server(options, &error), HOOKRAIL_TLS);
    CHECK_CONTAINS(hookrail_error_message(error), "did not accept the client certificate");
    CHECK(!hookrail_error_retryable(error));
    hookrail_error_free(error);
}

static void test_client_certificates_that_cannot_be_used_are_refused(void)
{
    const char *certificate = devserver_certificate_file(HTTPS);
    const char *other_key = devserver_key_file(HTTPS_OTHER_HOST);
    hookrail_client_options *options = hookrail_client_options_new();
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_client_options_set_client_certificate_file(options, TEXT(certificate),
                                                                  TEXT(other_key), &error),
              HOOKRAIL_CONFIGURATION);
    CHECK_CONTAINS(hookrail_error_message(error), "does not belong to the certificate");
    CHECK_CONTAINS(hookrail_error_message(error), certificate);
    CHECK_CONTAINS(hookrail_error_message(error), other_key);
    hookrail_error_free(error);
    error = NULL;
    CHECK_INT(hookrail_client_options_set_client_certificate_file(options, TEXT(certificate), NULL,
                                                                  0, &error),
              HOOKRAIL_CONFIGURATION);
    CHECK_CONTAINS(hookrail_error_message(error), "holds no private key");
    hookrail_error_free(error);
    REFUSES("certificate_path is empty", hookrail_client_options_set_client_certificate_file(
                                             options, NULL, 0, TEXT(other_key), &error));
    REFUSES("key_path is empty", hookrail_client_options_set_client_certificate_file(
                                     options, TEXT(certificate), "", 0, &error));
    REFUSES("options",
            hookrail_client_options_set_client_certificate_pem(NULL, TEXT("x"), NULL, 0, &error));
    hookrail_client_options_free(options);
}

static void test_plain_http_to_an_https_port_fails(void)
{
    devserver_reset(HTTPS);
    char url[64];
    snprintf(url, sizeof url, "http%s", devserver_url(HTTPS) + strlen("https"));
    hookrail_client_options *options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_set_max_retries(options, 0, NULL), HOOKRAIL_OK);
    hookrail_client *client = client_for(url, options);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL),
              HOOKRAIL_RETRIES_EXHAUSTED);
    hookrail_client_free(client);
}

static void test_https_to_a_plain_port_fails(void)
{
    devserver_reset(HTTP);
    char url[64];
    snprintf(url, sizeof url, "https%s", devserver_url(HTTP) + strlen("http"));
    hookrail_client_options *options = new_options(HTTPS);
    hookrail_client *client = client_for(url, options);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_TLS);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK(strstr(hookrail_error_message(error), "does not speak TLS") != NULL);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_an_authority_can_be_given_as_a_file);
    RUN(test_an_authority_can_be_given_as_pem);
    RUN(test_only_the_given_authority_can_be_trusted);
    RUN(test_an_unknown_authority_is_final);
    RUN(test_another_authority_is_final);
    RUN(test_a_certificate_for_another_host_is_final);
    RUN(test_authorities_that_cannot_be_used_are_refused);
    RUN(test_a_client_certificate_is_shown_to_a_server_that_demands_one);
    RUN(test_client_certificates_that_cannot_be_used_are_refused);
    RUN(test_plain_http_to_an_https_port_fails);
    RUN(test_https_to_a_plain_port_fails);
    return harness_end();
}
