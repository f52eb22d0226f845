/* A child that writes twice is killed. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int child = fork();
    if (child == 0) {
        write(1, "1", 1);
        write(1, "2", 1);
        _exit(0);
    }
    kill(child, SIGKILL);
    write(1, "p", 1);
    wait(0);
    return 0;
}
