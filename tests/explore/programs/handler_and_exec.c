#include "course.h"

/* execve resets handled signals to their default. */
void handler(int number) { (void)number; say("H"); }

int main(int argc, char **argv) { (void)argv;
    int p[2], child, status;
    char byte;
    if (argc > 1) { say("x"); _exit(0); }
    pipe2(p, O_CLOEXEC);
    if ((child = fork()) == 0) {
        signal(SIGUSR1, handler);
        write(p[1], "r", 1);
        execl("/proc/self/exe", "again", "x", (char *)0);
        _exit(9);
    }
    read(p[0], &byte, 1);
    kill(child, SIGUSR1);
    wait(&status);
    say_status(status);
}
