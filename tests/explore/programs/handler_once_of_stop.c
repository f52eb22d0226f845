#include "course.h"

/* SA_RESETHAND: the handler runs for the first SIGTSTP, which stops no process. */
static void handle(int signal) { (void)signal; say("h"); }

int main(void) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESETHAND};
    int status;
    sigaction(SIGTSTP, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
        say("c");
        _exit(0);
    }
    kill(child, SIGTSTP);
    waitpid(child, &status, 0);
    say(WIFSIGNALED(status) ? "k" : "e");
}
