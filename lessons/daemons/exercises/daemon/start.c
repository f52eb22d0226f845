#include <stdio.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s PIDFILE\n", argv[0]);
        return 2;
    }
    pid_t daemon = fork();
    if (daemon == -1) {
        perror("fork");
        return 1;
    }
    if (daemon != 0)
        return 0; /* too early: no process knows yet whether there will be a daemon */
    /* Become a daemon. Lock the pid file, write your pid into it, and say that you are ready. */
    pause();
    return 0;
}
