#include "course.h"

void handler(int number) { (void)number; say("H"); }

int main(void) {
    int child, status;
    if ((child = fork()) == 0) { signal(SIGUSR1, handler); say("C"); _exit(0); }
    kill(child, SIGUSR1);
    wait(&status);
    say(WIFSIGNALED(status) ? "K" : "E");
}
