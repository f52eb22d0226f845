/* fails: rounds */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    int rounds = argc == 2 ? atoi(argv[1]) : 0;
    for (int i = 1; i < 1 << rounds; i++) { /* the right number, but all of one parent */
        pid_t pid = fork();
        if (pid == -1)
            return 1;
        if (pid == 0)
            _exit(0);
    }
    while (wait(NULL) > 0)
        continue;
    return 0;
}
