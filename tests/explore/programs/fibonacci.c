#include "course.h"

/* Exit statuses as return values. */
static int fibonacci(int n) {
    int status, sum = 0;
    if (n < 2) return n;
    for (int i = 1; i <= 2; i++)
        if (fork() == 0) _exit(fibonacci(n - i));
    for (int i = 1; i <= 2; i++) { wait(&status); sum += WEXITSTATUS(status); }
    return sum;
}

int main(void) { say_char('0' + fibonacci(3)); }
