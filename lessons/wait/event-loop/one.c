#define _GNU_SOURCE
#include <err.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status;
    pid_t busy = fork();
    if (busy == -1)
        err(1, "fork");
    if (busy == 0)  // in busy
        pause();
    pid_t done = fork();
    if (done == -1)
        err(1, "fork");
    if (done == 0)  // in done
        _exit(3);
    waitpid(busy, &status, 0);
    waitpid(done, &status, 0);
}
