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

int main(void) {
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
