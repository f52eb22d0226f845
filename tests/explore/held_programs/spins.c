/* A child that loops, counts or sleeps for ever, and a parent that continues. */
#include <unistd.h>

int main(int count, char **words) { (void)count;
    volatile unsigned long steps = 0;
    char how = words[1][0];
    if (fork() == 0)
        for (;;) {
            if (how == 's') sleep(1);
            else if (how == 'n') steps++; }
    write(1, "p", 1);
    (void)steps;
    return 0;
}
