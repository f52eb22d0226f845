#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        pause();
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        pause();
    wait(NULL);  // the first wait
    wait(NULL);  // ① one is collected
}
