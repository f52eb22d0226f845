#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[100];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int out = ends[0], into = ends[1];
    pid_t worker = fork();
    if (worker == -1)
        err(1, "fork");
    if (worker == 0) {  // in the worker
        switch (fork()) {
        case -1: err(1, "fork");
        case 0: pause();  // in the helper
        }
        _exit(0);
    }
    close(into);
    read(out, text, sizeof text);
    waitpid(worker, NULL, 0);
}
