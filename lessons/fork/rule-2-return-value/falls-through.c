#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        write(1, "the child's work\n", 17);
    write(1, "the parent's work\n", 18);
    if (child != 0)
        waitpid(child, NULL, 0);
}
