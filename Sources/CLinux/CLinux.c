#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

// MARK: Children

static void fail_child(int report) {
    int code = errno ? errno : EINVAL;
    ssize_t written = write(report, &code, sizeof code);
    (void)written;
    _exit(127);
}

static int enter(const char *path, int type) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    int result = setns(descriptor, type);
    close(descriptor);
    return result;
}

// Puts `descriptor`, or /dev/null, where the child looks for `place`. The sources are all above 3 by then.
static int put(int descriptor, int place) {
    if (descriptor < 0) {
        descriptor = open("/dev/null", O_RDWR);
        if (descriptor < 0) return -1;
    }
    return dup2(descriptor, place);
}

static int raised(int descriptor) { return descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD, 16); }

// Runs in the child, between fork and exec: calls that are safe there, and nothing else.
static void become(const struct clinux_child *child, int report) {
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    if (child->new_session && setsid() < 0) fail_child(report);
    if (child->network_namespace && enter(child->network_namespace, CLONE_NEWNET) < 0) fail_child(report);
    if (child->mount_namespace && enter(child->mount_namespace, CLONE_NEWNS) < 0) fail_child(report);
    if (child->directory && chdir(child->directory) < 0) fail_child(report);
    int input = raised(child->input), output = raised(child->output), error = raised(child->error);
    int last = fcntl(report, F_DUPFD_CLOEXEC, 16);
    if (last < 0) fail_child(report);
    if (put(input, 0) < 0 || put(output, 1) < 0 || put(error, 2) < 0) fail_child(last);
    if (dup3(last, 3, O_CLOEXEC) < 0) fail_child(last);
    syscall(SYS_close_range, 4U, ~0U, 0);
    execve(child->path, child->arguments, child->environment);
    fail_child(3);
}

int clinux_spawn(const struct clinux_child *child, pid_t *pid) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno;
    pid_t made = fork();
    if (made < 0) {
        int code = errno;
        close(ends[0]);
        close(ends[1]);
        return code;
    }
    if (made == 0) become(child, ends[1]);
    close(ends[1]);
    int code = 0;
    ssize_t count;
    do count = read(ends[0], &code, sizeof code); while (count < 0 && errno == EINTR);
    close(ends[0]);
    if (count == sizeof code) {
        while (waitpid(made, 0, 0) < 0 && errno == EINTR) {}
        return code;
    }
    *pid = made;
    return 0;
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_signal(int pidfd, int number) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

int clinux_reap(pid_t pid, int *code, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int result;
    do result = waitid(P_PID, (id_t)pid, &info, WEXITED); while (result < 0 && errno == EINTR);
    if (result < 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

// MARK: Namespaces

int clinux_enter_network_namespace(const char *path) { return enter(path, CLONE_NEWNET) < 0 ? errno : 0; }

static int raise_loopback(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    int code = ioctl(descriptor, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
    close(descriptor);
    return code;
}

struct network_namespace_request {
    const char *path;
    int code;
};

// A thread of its own, which ends in the new namespace.
static void *make_network_namespace(void *argument) {
    struct network_namespace_request *request = argument;
    if (unshare(CLONE_NEWNET) < 0) {
        request->code = errno;
        return NULL;
    }
    request->code = raise_loopback();
    if (request->code == 0 && mount("/proc/thread-self/ns/net", request->path, "none", MS_BIND, NULL) < 0)
        request->code = errno;
    return NULL;
}

int clinux_create_network_namespace(const char *path) {
    struct network_namespace_request request = {path, 0};
    pthread_t thread;
    int code = pthread_create(&thread, NULL, make_network_namespace, &request);
    if (code != 0) return code;
    pthread_join(thread, NULL);
    return request.code;
}

// MARK: Signals

static volatile int signal_descriptor = -1;

static void forward(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(signal_descriptor, &byte, 1);
    (void)written;
    errno = saved;
}

int clinux_signals_to(int descriptor, const int *signals, int count) {
    signal_descriptor = descriptor;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = forward;
    action.sa_flags = SA_RESTART;
    for (int index = 0; index < count; index++)
        if (sigaction(signals[index], &action, NULL) < 0) return errno;
    return 0;
}

// MARK: Modes

int clinux_is_directory(mode_t mode) { return S_ISDIR(mode); }
int clinux_is_symlink(mode_t mode) { return S_ISLNK(mode); }
int clinux_is_regular(mode_t mode) { return S_ISREG(mode); }
dev_t clinux_makedev(unsigned major_number, unsigned minor_number) { return makedev(major_number, minor_number); }
