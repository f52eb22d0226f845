#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANGES (WUNTRACED | WCONTINUED)

int main(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    kill(child, SIGCONT);  // ① SIGTERM is sent
    waitpid(child, &status, 0);
}
