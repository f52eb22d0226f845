#include <err.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    for (int code = 1; code <= 3; code++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(code);
    }
    while (wait(NULL) != -1 || errno != ECHILD)
        continue;
}
