/* A daemon's descriptors. The demonstrations of daemon_descriptors.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

void record(void) {
    close(1);
    int data = open("data", O_CREAT | O_RDWR, 0600);
    if (data == -1)
        err(1, "data");
    if (write(data, "record 1\n", 9) == -1)
        err(1, "data");
    if (write(1, "hello\n", 6) == -1)  // a message of a library
        _exit(1);
}

void close_all(void) {
    struct rlimit limit = {50, 50};
    if (fcntl(1, F_DUPFD, 60) == -1)  // from the caller: 60
        err(1, "fcntl");
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        err(1, "setrlimit");
    close_range(3, sysconf(_SC_OPEN_MAX) - 1, 0);
    pause();
}
