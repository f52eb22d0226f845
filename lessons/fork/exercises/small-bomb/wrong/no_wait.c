/* fails: collected */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    for (int i = 0; argc > 1 && i < atoi(argv[1]); i++)
        if (fork() == -1)
            return 1;
    return 0;
}
