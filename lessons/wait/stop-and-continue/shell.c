#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANGES (WUNTRACED | WCONTINUED)

int main(void) {
    int status;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // the first command
        pause();
    waitpid(-1, &status, CHANGES);  // you stop it
    kill(first, SIGCONT);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // the second command
        pause();
    waitpid(-1, &status, CHANGES);  // for the second command
    if (write(1, ">> ", 3) == -1)  // ① the next prompt
        err(1, "write");
}
