#include "course.h"

int main(void) {
    if (fork() == 0) { execl("/bin/echo", "echo", "hi", (char *)0); _exit(1); }
    say("p ");
    wait(NULL);
    say("e");
}
