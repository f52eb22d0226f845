#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0)
        _exit(3);
    wait(NULL);
    return 0;
}
