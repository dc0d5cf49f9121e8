/* Loads, uses and unloads the library repeatedly, as the host of a plug-in does. */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

#include <hookrail.h>

#include "devserver.h"
#include "harness.h"

#define ROUNDS 1000

/* The functions that a round needs. */
struct functions {
    int32_t (*abi_version)(void);
    hookrail_status (*client_new)(const char *, size_t, const char *, size_t,
                                  const hookrail_client_options *, hookrail_client **,
                                  hookrail_error **);
    void (*client_free)(hookrail_client *);
    hookrail_status (*send_event)(const hookrail_client *, const char *, size_t, const char *,
                                  size_t, const hookrail_send_options *, hookrail_accepted **,
                                  hookrail_error **);
    void (*accepted_free)(hookrail_accepted *);
};

/* ISO C does not convert an object pointer into a function pointer, but POSIX allows storing one
 * as the other. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static bool load(void **library, struct functions *functions)
{
    *library = dlopen(required_environment("TEST_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    return *library != NULL && find(*library, "hookrail_abi_version", &functions->abi_version)
           && find(*library, "hookrail_client_new", &functions->client_new)
           && find(*library, "hookrail_client_free", &functions->client_free)
           && find(*library, "hookrail_send_event", &functions->send_event)
           && find(*library, "hookrail_accepted_free", &functions->accepted_free);
}

/* Loads the library, sends an event and unloads it. */
static bool go_round(void)
{
    static const char key[] = "hk_dev";
    const char *url = devserver_url(HTTP);
    void *library = NULL;
    struct functions functions;
    if (!load(&library, &functions)) {
        printf("# %s\n", dlerror());
        return false;
    }
    hookrail_client *client = NULL;
    hookrail_accepted *accepted = NULL;
    bool right =
        functions.abi_version() == HOOKRAIL_ABI_VERSION
        && functions.client_new(key, strlen(key), url, strlen(url), NULL, &client, NULL)
               == HOOKRAIL_OK
        && functions.send_event(client, "t", 1, "1", 1, NULL, &accepted, NULL) == HOOKRAIL_OK;
    functions.accepted_free(accepted);
    functions.client_free(client);
    return dlclose(library) == 0 && right;
}

static int entries_of(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    while (directory != NULL && readdir(directory) != NULL) {
        count++;
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

static void test_the_library_can_come_and_go(void)
{
    devserver_reset(HTTP);
    REQUIRE(go_round());
    const int descriptors = entries_of("/proc/self/fd");
    for (int i = 1; i < ROUNDS; i++) {
        REQUIRE(go_round());
    }
    CHECK_INT(devserver_count(HTTP, "events"), ROUNDS);
    CHECK_INT(entries_of("/proc/self/fd"), descriptors);
    /* "." and ".." and this thread. */
    CHECK_INT(entries_of("/proc/self/task"), 3);
}

static void *go_round_in_thread(void *result)
{
    *(bool *)result = go_round();
    return NULL;
}

/* The thread's destructors run when it ends, after the library was unloaded. */
static void test_a_thread_may_end_after_the_library_is_gone(void)
{
    for (int i = 0; i < 50; i++) {
        bool right = false;
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, go_round_in_thread, &right) == 0);
        pthread_join(thread, NULL);
        CHECK(right);
    }
}

/* A pointer or a handle that is kept across dlclose still works, because the library stays in
 * memory. A host keeps one if its plug-in is unloaded during a call. */
static void test_pointers_and_handles_outlive_dlclose(void)
{
    static const char key[] = "hk_dev";
    const char *url = devserver_url(HTTP);
    void *library = NULL;
    void *again = NULL;
    struct functions functions;
    struct functions functions_again;
    hookrail_client *client = NULL;
    hookrail_accepted *accepted = NULL;
    REQUIRE(load(&library, &functions));
    REQUIRE(functions.client_new(key, strlen(key), url, strlen(url), NULL, &client, NULL)
            == HOOKRAIL_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(dlclose(library) == 0);
        CHECK_INT(functions.abi_version(), HOOKRAIL_ABI_VERSION);
        CHECK_INT(functions.send_event(client, "t", 1, "1", 1, NULL, &accepted, NULL), HOOKRAIL_OK);
        functions.accepted_free(accepted);
        accepted = NULL;
        REQUIRE(load(&again, &functions_again));
        CHECK(functions_again.send_event == functions.send_event);
        CHECK_INT(functions_again.send_event(client, "t", 1, "1", 1, NULL, &accepted, NULL),
                  HOOKRAIL_OK);
        functions_again.accepted_free(accepted);
        accepted = NULL;
        library = again;
    }
    CHECK(dlclose(library) == 0);
    functions.client_free(client);
}

int main(void)
{
    RUN(test_the_library_can_come_and_go);
    RUN(test_a_thread_may_end_after_the_library_is_gone);
    RUN(test_pointers_and_handles_outlive_dlclose);
    return harness_end();
}
