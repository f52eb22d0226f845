#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char byte;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int ready = ends[0], tell = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        setpgid(0, 0);
        switch (fork()) {
        case -1:
            err(1, "fork");
        case 0:  // in the grandchild
            write(tell, "!", 1);
        }
        pause();
    }
    read(ready, &byte, 1);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
}
