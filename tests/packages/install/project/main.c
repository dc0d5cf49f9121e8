/* Uses the installed library: prints its version if it equals the header's, and verifies a
 * delivery. */
#include <stdio.h>
#include <string.h>

#include <hookrail.h>

static int verify_delivery(void)
{
    const char *secret = "whsec_test_secret";
    const char *id = "01JXAMPLEDELIVERYID0000000";
    const char *body = "{\"order_id\":\"o_1\",\"amount\":42}";
    const char *header = "t=1781092800,"
                         "v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644";
    const size_t secret_length = strlen(secret);
    return hookrail_verify_signature(&secret, &secret_length, 1, header, strlen(header), id,
                                     strlen(id), body, strlen(body), HOOKRAIL_DEFAULT_TOLERANCE,
                                     1781092800)
           == HOOKRAIL_OK;
}

/* Uses sockets, names and TLS, so that all their dependencies must be linked. */
static int make_client(void)
{
    const char *url = "https://hooks.example.com";
    hookrail_client *client = NULL;
    hookrail_status status = hookrail_client_new("hk_1", 4, url, strlen(url), NULL, &client, NULL);
    hookrail_client_free(client);
    return status == HOOKRAIL_OK;
}

int main(void)
{
    if (hookrail_abi_version() != HOOKRAIL_ABI_VERSION || !verify_delivery() || !make_client()) {
        return 1;
    }
    printf("%s\n", hookrail_version());
    return 0;
}
