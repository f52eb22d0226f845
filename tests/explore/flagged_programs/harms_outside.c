#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
/* Does all possible harm to the directory `outside` next to its own, and to a process. */

static void put(const char *path, int flags) {
    int file = open(path, flags, 0666);
    if (file >= 0) write(file, "harm\n", 5);
    close(file);
}

static void harm(const char *where) {
    char path[4096], other[4096];
    const char *names[] = {"file", "link", "new", "directory/file"};
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", where, names[i]);
        put(path, O_WRONLY | O_APPEND | O_NONBLOCK);
        put(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
        chmod(path, 0777);
        truncate(path, 1);
        utimes(path, NULL);
        chown(path, 1, 1);
        snprintf(other, sizeof other, "%s/renamed%d", where, i);
        rename(path, other);
        link(other, path);
        unlink(other);
    }
    snprintf(path, sizeof path, "%s/made", where);
    mkdir(path, 0777);
    symlink("file", strcat(path, "-link"));
    snprintf(path, sizeof path, "%s/directory", where);
    chmod(path, 0777);
    rmdir(path);
    chmod(where, 0777);
}

int main(int argc, char **argv) { (void)argc;
    char path[4096];
    int victim = atoi(argv[2]);
    harm(argv[1]);
    harm("../outside");
    harm("way"); /* a symbolic link to it */
    for (int number = 0; number < 24; number++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", number);
        if (number < 1 || number > 2) put(path, O_WRONLY | O_TRUNC);
        if (number > 2) { fchmod(number, 0777); write(number, "harm", 4); harm(path); }
    }
    ftruncate(0, 0);
    harm("/proc/self/cwd/../outside");
    snprintf(path, sizeof path, "/proc/self/root/%s", argv[1]);
    harm(path);
    for (int pid = 1; pid < 4; pid++) {
        snprintf(path, sizeof path, "/proc/%d/root/%s", pid, argv[1]);
        harm(path);
    }
    snprintf(path, sizeof path, "/proc/%d/cwd", victim);
    harm(path);
    put("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    put("/proc/sysrq-trigger", O_WRONLY);
    DIR *all = opendir(argv[1]);
    if (all) { fchdir(dirfd(all)); harm("."); }
    union sigval value = {1};
    kill(victim, SIGKILL);
    sigqueue(victim, SIGUSR1, value);
    syscall(SYS_tkill, victim, SIGTERM);
    int descriptor = syscall(SYS_pidfd_open, victim, 0);
    if (descriptor >= 0) syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, NULL, 0);
    kill(-victim, SIGKILL);
    unshare(CLONE_NEWUSER | CLONE_NEWNS);
    umount2(argv[1], MNT_DETACH);
    umount2("/", MNT_DETACH);
    mount("none", "/", NULL, MS_REMOUNT | MS_BIND, NULL);
    harm(argv[1]);
    write(1, "done", 4);
}
