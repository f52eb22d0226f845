#include "course.h"

int main(void) {
    if (fork() == 0) { say("c"); _exit(0); }
    say(waitpid(-1, NULL, WNOHANG) == 0 ? "busy " : "done ");
    wait(NULL);
    say("e");
}
