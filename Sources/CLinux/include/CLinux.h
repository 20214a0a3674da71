// Kernel calls and structures that Glibc's Swift module lacks.
#pragma once
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

// What a child process is to be. Descriptors of -1 become /dev/null; all others but 0, 1 and 2 are closed.
struct clinux_child {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;          // NULL: that of the parent
    const char *network_namespace;  // NULL: that of the parent; otherwise a file such as /run/netns/x
    const char *mount_namespace;    // likewise
    int input;
    int output;
    int error;
    int new_session;
};

// Starts a child. Returns 0 with its pid, or the errno of the step that failed, in the child as well.
int clinux_spawn(const struct clinux_child *child, pid_t *pid);

// A pipe whose ends no child inherits. Returns 0 or -1 with errno.
int clinux_pipe(int ends[2]);

// A descriptor that becomes readable when the process ends; -1 with errno.
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_signal(int pidfd, int number);

// Reaps a child that has ended. Returns 1 with code and status as waitid(2) gives them, 0 if it is no child of ours.
int clinux_reap(pid_t pid, int *code, int *status);

// Joins the calling thread to the namespace behind a file. Returns 0 or errno.
int clinux_enter_network_namespace(const char *path);

// Makes a network namespace with its loopback device up and keeps it by a bind mount on `path`, an empty file.
// Returns 0 or errno. The calling thread stays where it is.
int clinux_create_network_namespace(const char *path);

// From now on these signals write their number, one byte each, to the descriptor. Returns 0 or errno.
int clinux_signals_to(int descriptor, const int *signals, int count);

// S_ISDIR and its like are macros that Swift cannot see.
int clinux_is_directory(mode_t mode);
int clinux_is_symlink(mode_t mode);
int clinux_is_regular(mode_t mode);

dev_t clinux_makedev(unsigned major, unsigned minor);
