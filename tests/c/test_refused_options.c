/* Socket options that the system refuses, as sandboxes and other kernels do (gVisor, WSL). A filter
 * of system calls refuses them, in a process of its own. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"

/* The lower half of a system call's argument. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARGUMENT(index) (offsetof(struct seccomp_data, args) + 8 * (index))
#else
#define ARGUMENT(index) (offsetof(struct seccomp_data, args) + 8 * (index) + 4)
#endif

enum { SENT = 0, NOT_SENT = 1, NOT_REFUSED = 2, NO_FILTER = 3 };

/* Makes setting this option fail in this process. */
static bool refuse(int level, int option, int error)
{
    struct sock_filter one[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)level, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)option, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof one / sizeof *one, one};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
           && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Checks that the filter works. */
static bool is_refused(int level, int option, int error)
{
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool refused = setsockopt(fd, level, option, &one, sizeof one) == -1 && errno == error;
    close(fd);
    return refused;
}

static void check_refused(enum server server, int level, int option, int error)
{
    devserver_reset(server);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (!refuse(level, option, error)) {
            _exit(NO_FILTER);
        }
        if (!is_refused(level, option, error)) {
            _exit(NOT_REFUSED);
        }
        hookrail_client *client = new_client(server);
        bool sent =
            send_simple(client, "1") == HOOKRAIL_OK && send_simple(client, "2") == HOOKRAIL_OK;
        hookrail_client_free(client);
        _exit(sent ? SENT : NOT_SENT);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), SENT);
    CHECK_INT(devserver_count(server, "events"), 2);
    CHECK_INT(devserver_count(server, "connections"), 1);
}

static void check_option(int level, int option)
{
    const int errors[] = {EINVAL, ENOPROTOOPT, EPERM, ENOSYS};
    for (size_t index = 0; index < sizeof errors / sizeof *errors; index++) {
        check_refused(HTTP, level, option, errors[index]);
    }
    check_refused(HTTPS, level, option, EPERM);
}

static void test_a_connection_works_without_tcp_nodelay(void)
{
    check_option(IPPROTO_TCP, TCP_NODELAY);
}

static void test_a_connection_works_without_keep_alive(void)
{
    check_option(SOL_SOCKET, SO_KEEPALIVE);
}

static void test_a_connection_works_without_an_interval_of_keep_alive(void)
{
    check_option(IPPROTO_TCP, TCP_KEEPIDLE);
}

int main(void)
{
    RUN(test_a_connection_works_without_tcp_nodelay);
    RUN(test_a_connection_works_without_keep_alive);
    RUN(test_a_connection_works_without_an_interval_of_keep_alive);
    return harness_end();
}
