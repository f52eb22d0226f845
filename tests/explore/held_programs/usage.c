/* Shows whether wait3 tells a time that differs from run to run. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    struct rusage used;
    if (fork() == 0) _exit(0);
    wait3(0, 0, &used);
    dprintf(1, "%ld", used.ru_maxrss);
    return 0;
}
