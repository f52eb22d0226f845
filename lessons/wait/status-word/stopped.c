#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pause();
        _exit(0);
    }
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);  // ① the child is stopped
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
}
