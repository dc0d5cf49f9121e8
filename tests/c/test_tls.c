/* https: the certificates that a client trusts, and the errors for others. */
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"

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
    RUN(test_plain_http_to_an_https_port_fails);
    RUN(test_https_to_a_plain_port_fails);
    return harness_end();
}
