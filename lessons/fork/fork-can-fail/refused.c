#include <err.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    struct rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_NPROC, &limit) == -1)
        err(1, "setrlimit");
    pid_t child = fork();
    if (child == 0)  // in the child
        _exit(0);
    write(1, "the next line\n", 14);
    if (child > 0)
        waitpid(child, NULL, 0);
}
