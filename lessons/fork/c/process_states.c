/* The states of processes. The demonstrations of process_states.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Writes the state in a text of /proc/PID/stat: the word after the name. */
void write_state(int stat) {
    char text[4096];
    ssize_t size = read(stat, text, sizeof text);
    char *end = size > 0 ? memrchr(text, ')', size) : NULL;
    if (end != NULL)
        write(1, end + 2, 1);
}

void letters(void) {
    pid_t asleep = fork();
    if (asleep == -1)
        err(1, "fork");
    if (asleep == 0)
        pause();
    pid_t stopped = fork();
    if (stopped == -1)
        err(1, "fork");
    if (stopped == 0)
        kill(getpid(), SIGSTOP);
    pid_t dead = fork();
    if (dead == -1)
        err(1, "fork");
    if (dead == 0)
        _exit(0);
    int stat = open("/proc/self/stat", O_RDONLY);  // ①
    if (stat == -1)
        err(1, "/proc/self/stat");
    write_state(stat);
}

void looks_up(void) {
    char name[40];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pid_t parent = getppid();  // ① the parent waits
        snprintf(name, sizeof name, "/proc/%d/stat", (int)parent);
        int stat = open(name, O_RDONLY);
        if (stat == -1) {
            perror(name);
            _exit(1);
        }
        write_state(stat);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

void read_own_state(void) {
    char text[4096];
    int comm = open("/proc/self/comm", O_WRONLY);
    if (comm == -1 || write(comm, "a) S (b", 7) == -1)  // its name
        err(1, "/proc/self/comm");
    int stat = open("/proc/self/stat", O_RDONLY);
    ssize_t size = stat == -1 ? -1 : read(stat, text, sizeof text);
    if (size == -1)
        err(1, "/proc/self/stat");
    char *end = memrchr(text, ')', size);
    if (end != NULL)
        write(1, end + 2, 1);
}
