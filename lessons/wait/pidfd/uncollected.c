#define _GNU_SOURCE
#include <err.h>
#include <linux/sched.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    if (write(1, "no wait\n", 8) == -1)  // ① the child has ended
        err(1, "write");
}
