#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        execl("/bin/sh", "tea/sh", "-c", "echo I am $0", (char *)NULL);
        perror("/bin/sh");
        _exit(127);
    }
    waitpid(child, NULL, 0);
}
