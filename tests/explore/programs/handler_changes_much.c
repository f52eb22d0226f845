#include "course.h"

// The handler changes much memory.
static volatile int numbers[100];

static void fill(int number) {
    for (int place = 0; place < 100; place++)
        numbers[place] = number;
}

int main(void) {
    signal(SIGUSR1, fill);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    say(numbers[0] == numbers[99] ? "=" : "x");
    wait(0);
}
