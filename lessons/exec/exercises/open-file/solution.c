#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *viewer_of(const char *name) {
    const char *ending = strrchr(name, '.');
    if (ending == NULL)
        return NULL;
    if (strcmp(ending, ".txt") == 0)
        return "cat";
    if (strcmp(ending, ".sh") == 0)
        return "sh";
    return strcmp(ending, ".xyz") == 0 ? "xyzview" : NULL;
}

int main(int argc, char *argv[]) {
    char *viewer = argc == 2 ? viewer_of(argv[1]) : NULL;
    // BEGIN SOLUTION
    if (viewer == NULL) {
        fprintf(stderr, "usage: %s FILE, which ends in .txt, .sh or .xyz\n", argv[0]);
        return 2;
    }
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        execvp(viewer, (char *[]){viewer, argv[1], NULL});
        warn("%s", viewer);
        _exit(127);
    }
    int status;
    if (waitpid(pid, &status, 0) == -1) {
        perror("waitpid");
        return 1;
    }
    if (WIFSIGNALED(status))
        printf("%s was killed by signal %d\n", viewer, WTERMSIG(status));
    else
        printf("%s ended with status %d\n", viewer, WEXITSTATUS(status));
    return status == 0 ? 0 : 1;
    // INSTEAD
    // /* Run the viewer in a child, wait for it, and say in one line how it ended. */
    // printf("%s\n", viewer != NULL ? viewer : "nothing");
    // return 0;
    // END SOLUTION
}
