#include "course.h"

/* waitpid(0, …) waits for the children in the caller's group, as it is then. */
int main(void) {
    pid_t first = fork();
    if (first == 0) _exit(0);
    pid_t second = fork();
    if (second == 0) {
        setpgid(0, 0);
        say("s");
        _exit(0);
    }
    pid_t found = waitpid(second, NULL, 0);
    say(waitpid(0, NULL, 0) == first && found == second ? "f" : "?");
    say(waitpid(0, NULL, 0) < 0 && errno == ECHILD ? "-" : "?");
}
