/*
 * Looks for keys and secrets in the memory of a process that has freed everything.
 *
 * Each scenario runs in a child process. The parent makes the secrets after the start of the child
 * and sends them through a socket: so only the child and the library make copies in the child's
 * memory. The child wipes its own copies as soon as it has used them. The parent then reads all of
 * the child's memory, once while the library's handles exist, and again when they are freed and its
 * threads have ended.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "connect_proxy.h"
#include "fixture.h"
#include "harness.h"
#include "scan.h"
#include "scenarios.h"

/* A scenario in its own process. */
struct subject {
    const struct scenario *scenario;
    pid_t process;
    int channel;
};

static struct needles needles;
static struct secrets secrets;
static struct connect_proxy proxy;
static struct subject subjects[] = {{&scenario_key, 0, 0},      {&scenario_environment, 0, 0},
                                    {&scenario_proxy, 0, 0},    {&scenario_headers, 0, 0},
                                    {&scenario_mistakes, 0, 0}, {&scenario_signatures, 0, 0},
                                    {&scenario_socks, 0, 0},    {&scenario_certificate, 0, 0}};
enum { SUBJECTS = sizeof subjects / sizeof subjects[0] };

static void wipe(void *bytes, size_t length)
{
    volatile unsigned char *byte = bytes;
    while (length-- > 0) {
        *byte++ = 0;
    }
}

/* Tells the parent that a point is reached, and waits until the parent has scanned. */
static void let_parent_look(int channel)
{
    char signal = 0;
    if (write(channel, &signal, 1) != 1 || read(channel, &signal, 1) != 1) {
        _exit(2);
    }
}

static void run_scenario(const struct scenario *scenario, int channel)
{
    static struct secrets own;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (recv(channel, &own, sizeof own, MSG_WAITALL) != sizeof own) {
        _exit(2);
    }
    scenario->begin(&own);
    wipe(&own, sizeof own);
    let_parent_look(channel);
    scenario->end();
    let_parent_look(channel);
    fflush(stdout);
    _exit(harness_failures_of_test + scenario_failures() == 0 ? 0 : 1);
}

static void start(struct subject *subject)
{
    int ends[2];
    fflush(stdout);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || (subject->process = fork()) < 0) {
        printf("# the test stops: the system cannot start a process\n");
        exit(2);
    }
    if (subject->process == 0) {
        close(ends[0]);
        run_scenario(subject->scenario, ends[1]);
    }
    close(ends[1]);
    subject->channel = ends[0];
}

/* Appends random hexadecimal digits and a NUL. */
static void append_random(char *text, size_t digits)
{
    static FILE *source;
    if (source == NULL) {
        source = fopen("/dev/urandom", "rb");
    }
    for (text += strlen(text); digits > 0; digits -= 2, text += 2) {
        snprintf(text, 3, "%02x", (unsigned)fgetc(source));
    }
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void append_base64(char *text, const char *bytes, size_t length)
{
    for (text += strlen(text); length >= 3; length -= 3, bytes += 3) {
        unsigned group = (unsigned char)bytes[0] * 65536U + (unsigned char)bytes[1] * 256U
                         + (unsigned char)bytes[2];
        for (int shift = 18; shift >= 0; shift -= 6) {
            *text++ = base64_digits[group >> shift & 63];
        }
    }
    *text = '\0';
}

/* Adds the forms in which hookrail_explain_signature() tries a secret. */
static void add_encoded(const char *name, const char *secret)
{
    char text[512] = "";
    append_base64(text, secret, strlen(secret));
    needles_add(&needles, name, "base64", text, strlen(text), 1);
    for (size_t i = 0; secret[i] != '\0'; i++) {
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)secret[i]);
    }
    needles_add(&needles, name, "hex", text, strlen(text), 1);
}

/* Reads a P-256 key in PKCS#8, adds its 32 bytes in base64 and decoded, and appends the key in SEC1
 * to `sec1`. Before and behind the 32 bytes there is public data, which may be found. */
static void add_private_key(const char *pem, char *sec1)
{
    enum { SEC1_AT = 29, KEY_AT = 36, KEY_LENGTH = 32, END = 138 };
    char text[256] = "";
    unsigned char der[192];
    size_t length = 0;
    unsigned bits = 0;
    const char *line = strchr(strstr(pem, "-----BEGIN PRIVATE KEY"), '\n') + 1;
    for (; *line != '-'; line = strchr(line, '\n') + 1) {
        strncat(text, line, strcspn(line, "\r\n="));
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        bits = bits << 6 | (unsigned)(strchr(base64_digits, text[i]) - base64_digits);
        if (i % 4 != 0) {
            der[length++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
        }
    }
    CHECK_INT(length, END);
    needles_add(&needles, "private key", "base64", text + KEY_AT / 3 * 4, KEY_LENGTH / 3 * 4, 1);
    needles_add(&needles, "private key", "decoded", der + KEY_AT, KEY_LENGTH, 1);

    /* The length of the key is a multiple of three bytes and one byte. */
    const unsigned last = der[END - 1];
    strcat(sec1, "-----BEGIN EC PRIVATE KEY-----\n");
    append_base64(sec1, (const char *)der + SEC1_AT, END - 1 - SEC1_AT);
    char end[] = {base64_digits[last >> 2], base64_digits[last << 4 & 63], '\0'};
    strcat(sec1, end);
    strcat(sec1, "==\n-----END EC PRIVATE KEY-----\n");
    /* In this text the key begins within a group of digits. */
    char *encoded = strstr(sec1, "BEGIN EC PRIVATE KEY-----\n") + 26;
    needles_add(&needles, "private key", "base64 of SEC1", encoded + 12, KEY_LENGTH / 3 * 4, 1);
}

/* Makes the secrets and adds the needles that must not be found. */
static void make_secrets(void)
{
    char *key = read_file(required_environment("TEST_API_KEY_FILE"), NULL);
    key[strcspn(key, "\n")] = '\0';
    secrets.key_at =
        (size_t)snprintf(secrets.key_variable, sizeof secrets.key_variable, "HOOKRAIL_API_KEY=");
    strcat(secrets.key_variable, key);
    needles_add(&needles, "API key", "", key, strlen(key), 1);
    free(key);

    /* The length is a multiple of three bytes, so that base64 needs no padding. */
    char credentials[64] = "hook";
    append_random(credentials, 10);
    strcat(credentials, ":");
    append_random(credentials, 10);
    strcat(credentials, "@");
    append_random(credentials, 10);
    char encoded[96] = "";
    append_base64(encoded, credentials, strlen(credentials));
    needles_add(&needles, "proxy credentials", "", credentials, strlen(credentials), 1);
    needles_add(&needles, "proxy credentials", "base64", encoded, strlen(encoded), 1);
    *strchr(credentials, '@') = '\0';
    char in_url[96];
    snprintf(in_url, sizeof in_url, "%s%%40%s", credentials, strchr(credentials, '\0') + 1);
    needles_add(&needles, "proxy credentials", "in a URL", in_url, strlen(in_url), 1);
    secrets.proxy_at = strlen("http_proxy=");
    snprintf(secrets.proxy_variable, sizeof secrets.proxy_variable, "http_proxy=http://%s@%s",
             in_url, proxy.authority);
    snprintf(secrets.bad_proxy, sizeof secrets.bad_proxy, "http://%s@%s/path", in_url,
             proxy.authority);

    append_random(secrets.header, 40);
    needles_add(&needles, "header", "", secrets.header, strlen(secrets.header), 1);

    char password[32] = "";
    append_random(password, 30);
    snprintf(secrets.socks_proxy, sizeof secrets.socks_proxy, "socks5://user:%s@%s", password,
             proxy.authority);
    needles_add(&needles, "proxy credentials", "of SOCKS5", password, strlen(password), 1);
    char *certificate = read_file(devserver_certificate_file(HTTPS), NULL);
    char *private_key = read_file(devserver_key_file(HTTPS), NULL);
    snprintf(secrets.certificates[0], sizeof secrets.certificates[0], "%s%s", certificate,
             private_key);
    strcpy(secrets.certificates[1], certificate);
    add_private_key(private_key, secrets.certificates[1]);
    free(certificate);
    free(private_key);

    char bytes[33] = "";
    append_random(bytes, 30);
    strcpy(secrets.signing, "whsec_");
    append_base64(secrets.signing, bytes, 30);
    needles_add_hmac_key(&needles, "signing secret", TEXT(secrets.signing));
    needles_add(&needles, "signing secret", "decoded", bytes, 30, 1);
    add_encoded("signing secret", secrets.signing);
    strcpy(secrets.long_signing, "whsec_");
    append_random(secrets.long_signing, 80);
    needles_add_hmac_key(&needles, "long signing secret", TEXT(secrets.long_signing));
    add_encoded("long signing secret", secrets.long_signing);
}

static bool wait_for_child(int channel)
{
    char signal;
    return read(channel, &signal, 1) == 1;
}

static void let_child_go_on(int channel)
{
    CHECK(write(channel, "", 1) == 1);
}

/* The library's threads end soon after their owner. There is no signal for it, so poll. */
static bool wait_until_single_threaded(pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    for (int i = 0; i < 6000; i++) {
        char *status = read_file(path, NULL);
        const char *threads = strstr(status, "\nThreads:");
        bool single = threads != NULL && strtol(threads + strlen("\nThreads:"), NULL, 10) == 1;
        free(status);
        if (single) {
            return true;
        }
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return false;
}

static size_t found(const struct scan *scan, const char *label)
{
    for (size_t i = 0; i < needles.labels; i++) {
        if (strcmp(needles.label[i], label) == 0) {
            return scan->found[i];
        }
    }
    return 0;
}

static void examine(const struct subject *subject)
{
    struct scan scan;
    int status = 0;
    CHECK(send(subject->channel, &secrets, sizeof secrets, MSG_NOSIGNAL) == sizeof secrets);
    REQUIRE(wait_for_child(subject->channel));
    printf("# while it is used:\n");
    CHECK(scan_process(&scan, &needles, subject->process));
    for (const char *const *label = subject->scenario->kept; *label != NULL; label++) {
        if (found(&scan, *label) == 0) {
            printf("# the scan does not find what must be there: %s\n", *label);
        }
        CHECK(found(&scan, *label) > 0);
    }
    let_child_go_on(subject->channel);
    REQUIRE(wait_for_child(subject->channel));
    CHECK(wait_until_single_threaded(subject->process));
    printf("# after everything was freed:\n");
    CHECK(scan_process(&scan, &needles, subject->process));
    for (size_t i = 0; i < needles.labels; i++) {
        CHECK(scan.found[i] == 0);
    }
    printf("# %zu windows of %zu forms were looked for in %zu bytes\n", needles.windows,
           needles.labels, scan.bytes);
    let_child_go_on(subject->channel);
    CHECK(waitpid(subject->process, &status, 0) == subject->process);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_a_key_is_gone(void)
{
    examine(&subjects[0]);
}

static void test_a_key_of_the_environment_is_gone(void)
{
    examine(&subjects[1]);
}

static void test_the_credentials_of_a_proxy_are_gone(void)
{
    examine(&subjects[2]);
}

static void test_the_values_of_added_headers_are_gone(void)
{
    examine(&subjects[3]);
}

static void test_refused_settings_are_gone(void)
{
    examine(&subjects[4]);
}

static void test_signing_secrets_are_gone(void)
{
    examine(&subjects[5]);
}

static void test_the_password_of_a_socks_proxy_is_gone(void)
{
    examine(&subjects[6]);
}

static void test_the_key_of_a_client_certificate_is_gone(void)
{
    examine(&subjects[7]);
}

int main(void)
{
    proxy = connect_proxy_start();
    for (int server = HTTP; server <= HTTPS; server++) {
        devserver_set_faults((enum server)server, scenario_faults);
    }
    /* Start all of them before there is a secret. */
    for (size_t i = 0; i < SUBJECTS; i++) {
        start(&subjects[i]);
    }
    make_secrets();
    RUN(test_a_key_is_gone);
    RUN(test_a_key_of_the_environment_is_gone);
    RUN(test_the_credentials_of_a_proxy_are_gone);
    RUN(test_the_values_of_added_headers_are_gone);
    RUN(test_refused_settings_are_gone);
    RUN(test_signing_secrets_are_gone);
    RUN(test_the_password_of_a_socks_proxy_is_gone);
    RUN(test_the_key_of_a_client_certificate_is_gone);
    connect_proxy_stop(&proxy);
    return harness_end();
}
