#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int how = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, 1, "f", how, 0600);
    char *echo[] = {"/bin/echo", "hi", NULL}, *empty[] = {NULL};
    pid_t child;
    int error = posix_spawn(&child, echo[0], &actions, NULL, echo, empty);
    if (error != 0)
        errx(1, "%s", strerror(error));
    waitpid(child, NULL, 0);
    if (write(1, "the parent's 1 is as before", 27) == -1)
        err(1, "write");
}
