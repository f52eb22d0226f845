#include "course.h"

/* Whatever ps prints, it comes after the child's line and before the parent's last one. */
int main(void) {
    if (fork() == 0) {
        say("c");
        execlp("ps", "ps", "-ef", NULL);
        _exit(1);
    }
    say("p");
    int status;
    wait(&status);
    say(status == 0 ? "0" : "-");
}
