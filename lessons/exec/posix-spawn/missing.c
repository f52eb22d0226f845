#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child;
    char *words[] = {"missing", NULL}, *empty[] = {NULL};
    int error = posix_spawn(&child, "/bin/missing", NULL, NULL,
                            words, empty);
    if (error != 0) {
        dprintf(1, "%s", strerror(error));
        return 0;
    }
    int status;
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    fflush(stdout);
}
