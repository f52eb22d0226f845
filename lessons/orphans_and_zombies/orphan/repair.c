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
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        setpgid(0, 0);
        pid_t helper = fork();
        if (helper == -1)
            err(1, "fork");
        if (helper == 0)  // in the helper
            write(tell, "!", 1);
        pause();
    }
    read(ready, &byte, 1);  // both are alive
    kill(program, SIGTERM);
    waitpid(program, NULL, 0);
}
