#include <err.h>
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
    do
        waitpid(child, &status, WUNTRACED | WCONTINUED);
    while (!WIFEXITED(status) && !WIFSIGNALED(status));
}
