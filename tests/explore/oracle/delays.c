/* Preloaded into a program: it sleeps for a while, by chance, before and after its calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

int sched_yield(void);

static unsigned state;
static int (*real_fcntl)(int, int, ...);

static void delay(void) {
    int kept = errno;
    if (state == 0) state = atoi(getenv("DELAY_SEED") ? getenv("DELAY_SEED") : "1") * 2654435761u;
    state ^= (unsigned)getpid() * 40503u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    if (state % 3 != 0) {
        struct timespec time = {0, state % 1500 * 1000L};
        syscall(SYS_nanosleep, &time, NULL);
    }
    errno = kept;
}

#define WRAPPED(type, name, parameters, ...)                         \
    type name parameters {                                           \
        static type (*real) parameters;                              \
        if (real == NULL) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
        delay();                                                     \
        type result = real(__VA_ARGS__);                             \
        delay();                                                     \
        return result;                                               \
    }

WRAPPED(ssize_t, write, (int file, const void *data, size_t size), file, data, size)
WRAPPED(ssize_t, read, (int file, void *data, size_t size), file, data, size)
WRAPPED(int, close, (int file), file)
WRAPPED(pid_t, fork, (void))
WRAPPED(pid_t, wait, (int *status), status)
WRAPPED(pid_t, waitpid, (pid_t pid, int *status, int options), pid, status, options)
WRAPPED(int, kill, (pid_t pid, int number), pid, number)
WRAPPED(int, setpgid, (pid_t pid, pid_t group), pid, group)
WRAPPED(pid_t, setsid, (void))
WRAPPED(pid_t, getpgid, (pid_t pid), pid)
WRAPPED(pid_t, getsid, (pid_t pid), pid)
WRAPPED(pid_t, getppid, (void))
WRAPPED(int, chdir, (const char *path), path)
WRAPPED(int, mkdir, (const char *path, mode_t mode), path, mode)
WRAPPED(int, rmdir, (const char *path), path)
WRAPPED(int, rename, (const char *from, const char *to), from, to)
WRAPPED(int, unlink, (const char *path), path)
WRAPPED(int, ftruncate, (int file, off_t size), file, size)
WRAPPED(int, access, (const char *path, int mode), path, mode)
WRAPPED(int, stat, (const char *path, struct stat *found), path, found)
WRAPPED(int, creat, (const char *path, mode_t mode), path, mode)
WRAPPED(char *, getcwd, (char *place, size_t size), place, size)
WRAPPED(int, poll, (struct pollfd *waits, nfds_t count, int timeout), waits, count, timeout)
WRAPPED(int, sched_yield, (void))
WRAPPED(int, pause, (void))
WRAPPED(int, raise, (int number), number)
WRAPPED(int, sigsuspend, (const sigset_t *mask), mask)
WRAPPED(int, sigpending, (sigset_t *set), set)
WRAPPED(int, sigwait, (const sigset_t *set, int *number), set, number)
WRAPPED(int, sigprocmask, (int how, const sigset_t *set, sigset_t *before), how, set, before)
WRAPPED(int, sigaction, (int number, const struct sigaction *action, struct sigaction *before), number, action, before)
WRAPPED(unsigned, alarm, (unsigned seconds), seconds)
WRAPPED(sighandler_t, signal, (int number, sighandler_t action), number, action)

int fcntl(int file, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (real_fcntl == NULL) real_fcntl = (int(*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl");
    delay();
    int result = real_fcntl(file, command, argument);
    delay();
    return result;
}

int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (real == NULL) real = (int(*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    delay();
    int result = real(path, flags, mode);
    delay();
    return result;
}
