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
            _exit(3);  // ② it has worked
        }
        _exit(0);
    }
    waitpid(middle, NULL, 0);
    write(1, "next, please\n", 13);  // ① the server goes on
}
