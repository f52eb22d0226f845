#include "course.h"

int main(void) {
    int f;
    if (fork() == 0) { f = open("f", O_CREAT | O_RDWR, 0600); flock(f, LOCK_EX); say("c"); _exit(0); }
    f = open("f", O_CREAT | O_RDWR, 0600);
    say(flock(f, LOCK_EX | LOCK_NB) == 0 ? "y" : "n");
    wait(NULL);
}
