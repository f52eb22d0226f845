/* posix_spawn: the parent is suspended until the child executes. */
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2], child;
    char *words[] = {"true", 0}, *variables[] = {0};
    pipe(ends);
    posix_spawn(&child, "/bin/true", 0, 0, words, variables);
    write(1, "p", 1);
    wait(0);
    return 0;
}
