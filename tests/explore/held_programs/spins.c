/* A child that computes for ever, or sleeps for ever, and a parent that goes on. */
#include <unistd.h>

int main(int count, char **words) {
    if (fork() == 0)
        for (;;)
            if (words[1][0] == 's') sleep(1);
    write(1, "p", 1);
    return 0;
}
