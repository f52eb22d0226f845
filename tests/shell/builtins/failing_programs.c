/* Programs that fail in one way each: `failing_programs NAME`. The file of a program that needs one
   is its second argument. */
#define _GNU_SOURCE
#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit limits = {soft, hard};
    if (setrlimit(resource, &limits) == -1)
        err(2, "setrlimit");
}

static void compute(void) {
    for (volatile unsigned long step = 0;; step++)
        (void)step;
}

static void set_timer(int kind) {
    struct itimerval soon = {.it_value.tv_usec = 1000};
    setitimer(kind, &soon, NULL);
    compute();
}

static volatile int depth;

static void recurse(void) {
    volatile char frame[4096];
    frame[0] = (char)depth++;
    if (depth > 0)
        recurse();
    frame[1] = frame[0];
}

static char *mapped(const char *path, off_t size) {
    int file = open(path, O_RDWR | O_CREAT, 0600);
    if (file == -1 || ftruncate(file, size) == -1)
        err(2, "%s", path);
    char *memory = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        err(2, "mmap");
    return memory;
}

static void filter(void) {
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL)};
    struct sock_fprog program = {1, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
        err(2, "seccomp");
    getppid();
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "", *path = argc > 2 ? argv[2] : "";
    int ends[2];
    struct rlimit core = {0, 0};
    setrlimit(RLIMIT_CORE, &core);
    if (strcmp(name, "null") == 0) {
        *(volatile int *)0 = 1;
    } else if (strcmp(name, "literal") == 0) {
        volatile char *text = (char *)"text";
        text[0] = 'T';
    } else if (strcmp(name, "stack") == 0) {
        recurse();
    } else if (strcmp(name, "end-of-file") == 0) {
        mapped(path, 0)[0] = 1;
    } else if (strcmp(name, "full") == 0) {
        memset(mapped(path, 1 << 22), 1, 1 << 22);
    } else if (strcmp(name, "division") == 0) {
        volatile int number = 7, zero = 0;
        number = number / zero;
    } else if (strcmp(name, "overflow") == 0) {
        volatile int lowest = INT_MIN, minus = -1;
        lowest = lowest / minus;
    } else if (strcmp(name, "instruction") == 0) {
#if defined(__x86_64__)
        __asm__ volatile("ud2");
#elif defined(__aarch64__)
        __asm__ volatile(".inst 0");
#endif
    } else if (strcmp(name, "breakpoint") == 0) {
#if defined(__x86_64__)
        __asm__ volatile("int3");
#elif defined(__aarch64__)
        __asm__ volatile("brk #0");
#endif
    } else if (strcmp(name, "assert") == 0) {
        assert(argc == 0);
    } else if (strcmp(name, "heap") == 0) {
        char *volatile block = malloc(100);
        free(block);
        free(block);
    } else if (strcmp(name, "memory") == 0) {
        memset(malloc(1 << 26), 1, 1 << 26);
    } else if (strcmp(name, "hard-limit") == 0) {
        limit(RLIMIT_CPU, 1, 1);
        compute();
    } else if (strcmp(name, "soft-limit") == 0) {
        limit(RLIMIT_CPU, 1, 2);
        compute();
    } else if (strcmp(name, "pipe") == 0) {
        if (pipe(ends) == 0)
            close(ends[0]);
        return write(ends[1], "x", 1) == -1;
    } else if (strcmp(name, "socket") == 0) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0)
            close(ends[0]);
        return write(ends[1], "x", 1) == -1;
    } else if (strcmp(name, "alarm") == 0) {
        set_timer(ITIMER_REAL);
    } else if (strcmp(name, "virtual") == 0) {
        set_timer(ITIMER_VIRTUAL);
    } else if (strcmp(name, "profile") == 0) {
        set_timer(ITIMER_PROF);
    } else if (strcmp(name, "timer") == 0) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
        struct itimerspec soon = {.it_value.tv_nsec = 1000000};
        timer_t timer;
        if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
            timer_settime(timer, 0, &soon, NULL);
        pause();
    } else if (strcmp(name, "size") == 0) {
        limit(RLIMIT_FSIZE, 0, 0);
        int file = open(path, O_WRONLY | O_CREAT, 0600);
        return write(file, "x", 1) == -1;
    } else if (strcmp(name, "filter") == 0) {
        filter();
    }
    return 3;
}
