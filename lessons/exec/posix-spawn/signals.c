#include <err.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    signal(SIGINT, SIG_IGN);
    pid_t child;
    char *line = "kill -INT $$; echo still here";
    char *words[] = {"sh", "-c", line, NULL}, *empty[] = {NULL};
    int error = posix_spawn(&child, "/bin/sh", NULL, NULL, words, empty);
    if (error != 0)
        errx(1, "%s", strerror(error));
    waitpid(child, NULL, 0);
}
