#include "course.h"

/* A group leader cannot begin a session; a session leader cannot change its group. */
int main(void) {
    say(setsid() < 0 && errno == EPERM ? "e" : "?");
    pid_t child = fork();
    if (child == 0) {
        say(setsid() == getpid() && getsid(0) == getpid() ? "s" : errno == EPERM ? "g" : "?");
        _exit(0);
    }
    int result = setpgid(child, child);
    say(result == 0 ? "y" : errno == EPERM ? "p" : "?");
    wait(NULL);
    say(getsid(0) == getsid(getpid()) && getsid(0) != getpid() ? "." : "?");
}
