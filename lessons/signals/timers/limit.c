#include <err.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    struct itimerval limit = {.it_value = {0, 100000}};
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        setitimer(ITIMER_REAL, &limit, NULL);  // SIGALRM in 0.1 s
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}
