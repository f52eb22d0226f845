/* What a system call and a context switch cost. The demonstrations of trap.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

long used(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

long nanoseconds(int (*call)(void)) {
    long least = -1;
    for (int i = 0; i < 20; i++) {
        long start = used();
        for (int j = 0; j < 1000; j++)
            call();
        long spent = used() - start;
        if (least == -1 || spent < least)
            least = spent;
    }
    return least / 1000;
}

/* two_calls is not compared: its output depends on the time. */

void two_calls(void) {
    long function = nanoseconds(getpagesize);
    long system = nanoseconds(getppid);
    double ratio = (double)system / function;
    printf("getpagesize %ld ns, getppid %ld ns, ratio %.1f\n", function,
           system, ratio);
    fflush(stdout);
}

long switches(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw + usage.ru_nivcsw;
}

long rounds(int writer, int reader, long *shortest) {
    long before = switches();
    char byte = 'x';
    *shortest = -1;
    for (int i = 0; i < 20; i++) {
        long start = used();
        for (int j = 0; j < 50; j++) {
            send(writer, &byte, 1, 0);
            recv(reader, &byte, 1, 0);
        }
        long spent = (used() - start) / 50;
        if (*shortest == -1 || spent < *shortest)
            *shortest = spent;
    }
    return switches() - before;
}

void answer(int connection) {
    char byte;
    while (recv(connection, &byte, 1, 0) == 1)
        send(connection, &byte, 1, 0);
}

/* ping_pong is not compared: its output depends on the time. */

void ping_pong(void) {
    int ends[2];
    long alone, together;
    cpu_set_t processor;
    CPU_ZERO(&processor);
    CPU_SET(sched_getcpu(), &processor);
    sched_setaffinity(0, sizeof processor, &processor);  // one for both
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        err(1, "socketpair");
    int here = ends[0], there = ends[1];  // a pipe in both directions
    long few = rounds(here, there, &alone);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        close(here);
        answer(there);
        _exit(0);
    }
    long many = rounds(here, here, &together);
    close(here);
    waitpid(child, NULL, 0);
    printf("switches: %ld, %ld; ns a round: %ld, %ld\n", few, many, alone,
           together);
    fflush(stdout);
}

void one_by_one(void) {
    FILE *log = fopen("log", "w");
    if (log == NULL)
        err(1, "log");
    for (int i = 0; i < 60; i++)
        fputc('x', log);
    fclose(log);
}
