/* fails: none */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    for (int i = 0; argc > 1 && i <= atoi(argv[1]); i++)
        if (fork() == -1)
            return 1;
    while (wait(NULL) > 0)
        continue;
    return 0;
}
