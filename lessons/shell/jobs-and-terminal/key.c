#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t front = fork();
    if (front == -1)
        err(1, "fork");
    if (front == 0)  // a job
        pause();
    pid_t back = fork();
    if (back == -1)
        err(1, "fork");
    if (back == 0)  // another one
        pause();
    setpgid(back, back);  // a group of its own
    signal(SIGINT, SIG_IGN);
    waitpid(front, NULL, 0);
}
