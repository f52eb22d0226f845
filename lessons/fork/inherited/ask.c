#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char in_parent[PATH_MAX], in_child[PATH_MAX];
    if (chdir("/") == -1)
        err(1, "chdir");
    if (getcwd(in_parent, sizeof in_parent) == NULL)
        err(1, "getcwd");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (getcwd(in_child, sizeof in_child) == NULL)
            _exit(1);
        printf("child:  %s\n", in_child);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %s\n", in_parent);
    fflush(stdout);
}
