/*
 * Sends events with libcurl's multi interface for event loops: curl_multi_socket_action() and
 * epoll, which look only at the transfers that are ready.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "fail.h"
#include "multi.h"
#include "report.h"
#include "stream.h"

#define MAX_EVENTS 128
#define DRIVE_TIMEOUT_MS 1

struct loop {
    struct multi multi;
    int epoll;
    /* When libcurl wants to be called without a ready socket; 0 for never. */
    uint64_t due_ns;
};

static int watch_socket(CURL *handle, curl_socket_t fd, int what, void *user, void *known)
{
    struct loop *loop = user;
    struct epoll_event event = {.data.fd = fd};
    (void)handle;
    if (what == CURL_POLL_REMOVE) {
        /* A closed socket has left already. */
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0)
                   | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(loop->epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0) {
        fail("epoll_ctl does not take a socket of libcurl");
    }
    curl_multi_assign(loop->multi.handle, fd, loop);
    return 0;
}

static int set_timer(CURLM *handle, long timeout_ms, void *user)
{
    struct loop *loop = user;
    (void)handle;
    loop->due_ns = timeout_ms < 0 ? 0 : clock_ns() + (uint64_t)timeout_ms * 1000000;
    return 0;
}

static void *open_loop(const struct options *options)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL || (loop->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
        fail("no memory or no epoll");
    }
    multi_open(&loop->multi, options);
    CURLM *handle = loop->multi.handle;
    multi_check(curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, watch_socket));
    multi_check(curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, loop));
    multi_check(curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, set_timer));
    multi_check(curl_multi_setopt(handle, CURLMOPT_TIMERDATA, loop));
    return loop;
}

static void start(void *own)
{
    struct loop *loop = own;
    multi_start(&loop->multi);
}

static int until_timer_ms(const struct loop *loop, int most_ms)
{
    uint64_t now = clock_ns();
    if (loop->due_ns == 0) {
        return most_ms;
    }
    if (loop->due_ns <= now) {
        return 0;
    }
    uint64_t left = (loop->due_ns - now + 999999) / 1000000;
    return most_ms >= 0 && left > (uint64_t)most_ms ? most_ms : (int)left;
}

static void turn(struct loop *loop, int most_ms)
{
    struct epoll_event events[MAX_EVENTS];
    CURLM *handle = loop->multi.handle;
    int running;
    int count = epoll_wait(loop->epoll, events, MAX_EVENTS, until_timer_ms(loop, most_ms));
    for (int i = 0; i < count; i++) {
        int ready = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0)
                    | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                    | (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        multi_check(curl_multi_socket_action(handle, events[i].data.fd, ready, &running));
    }
    if (loop->due_ns != 0 && loop->due_ns <= clock_ns()) {
        loop->due_ns = 0;
        multi_check(curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, &running));
    }
}

static size_t collect(void *own)
{
    struct loop *loop = own;
    size_t completed;
    do {
        turn(loop, -1);
    } while ((completed = multi_complete(&loop->multi)) == 0);
    return completed;
}

static void drive(void *own)
{
    struct loop *loop = own;
    turn(loop, DRIVE_TIMEOUT_MS);
    multi_complete(&loop->multi);
}

static void close_loop(void *own)
{
    struct loop *loop = own;
    multi_close(&loop->multi);
    close(loop->epoll);
    free(loop);
}

int main(int argc, char **argv)
{
    static const struct stream stream = {
        .open = open_loop, .start = start, .collect = collect, .drive = drive, .close = close_loop};
    return stream_main(argc, argv, &stream);
}
