#define _GNU_SOURCE
#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    const char *words[] = {"one ", "two "};
    for (int i = 0; i < 2; i++) {
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0) {  // in a worker
            write(1, words[i], 4);
            _exit(0);
        }
        wait(NULL);
    }
}
