#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t middle = fork();
    if (middle == -1)
        err(1, "fork");
    if (middle == 0) {  // in the middle process
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0) {  // in the worker
            _exit(3);
        }
        _exit(0);
    }
    write(1, "next, please\n", 13);
}
