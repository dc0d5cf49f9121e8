#include "load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "fail.h"
#include "report.h"

struct run {
    const struct load *load;
    const struct options *options;
    void *shared;
    pthread_barrier_t warm;
    pthread_barrier_t started;
    /* The operations that are left for all threads together: so all threads end at the same time.
     * */
    atomic_int_fast64_t left;
};

static void *work(void *argument)
{
    struct run *run = argument;
    void *own = run->load->open(run->options, run->shared);
    for (uint64_t i = 0; i < run->options->warmup; i++) {
        run->load->once(own);
    }
    pthread_barrier_wait(&run->warm);
    pthread_barrier_wait(&run->started);
    while (atomic_fetch_sub_explicit(&run->left, 1, memory_order_relaxed) > 0) {
        run->load->once(own);
    }
    return own;
}

int load_main(int argc, char **argv, const struct load *load)
{
    struct options options = options_parse(argc, argv);
    size_t threads = (size_t)options.threads;
    struct run run = {.load = load, .options = &options};
    atomic_init(&run.left, (int_fast64_t)options.count);
    pthread_barrier_init(&run.warm, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&run.started, NULL, (unsigned)threads + 1);
    run.shared = load->setup == NULL ? NULL : load->setup(&options);

    pthread_t *ids = calloc(threads, sizeof *ids);
    void **owns = calloc(threads, sizeof *owns);
    if (ids == NULL || owns == NULL) {
        fail("no memory");
    }
    for (size_t i = 0; i < threads; i++) {
        if (pthread_create(&ids[i], NULL, work, &run) != 0) {
            fail("no more than %zu threads can be started", i);
        }
    }
    pthread_barrier_wait(&run.warm);
    struct usage start = usage_now();
    pthread_barrier_wait(&run.started);
    for (size_t i = 0; i < threads; i++) {
        pthread_join(ids[i], &owns[i]);
    }
    struct usage end = usage_now();
    report(options.count, start, end, NULL, 0);

    for (size_t i = 0; i < threads; i++) {
        load->close(owns[i]);
    }
    if (load->teardown != NULL) {
        load->teardown(run.shared);
    }
    free(ids);
    free(owns);
    free(options.payload);
    return 0;
}
