/* fails: status */
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0)
        _exit(0);
    wait(NULL);
    return 0;
}
