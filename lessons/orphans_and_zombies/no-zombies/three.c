#include <err.h>
#include <unistd.h>

int main(void) {
    for (int code = 1; code <= 3; code++) {
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0)  // in the worker
            _exit(code);
    }
    write(1, "next, please\n", 13);  // ① the workers have ended
    write(1, "next, please\n", 13);  // ② the server has gone on
}
