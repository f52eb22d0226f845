#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

/* Lets this process run on one processor alone, the first that it may use. */
void use_one_processor(void) {
    cpu_set_t all, one;
    int first = 0;
    sched_getaffinity(0, sizeof all, &all);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    sched_setaffinity(0, sizeof one, &one);
}

int main(void) {
    char text[9];
    int one[2], two[2];
    use_one_processor();  // one for both
    if (pipe(one) == -1 || pipe(two) == -1)
        err(1, "pipe");
    int to_child = one[0], says = one[1];
    int to_parent = two[0], answers = two[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (write(answers, "one", 3) != 3) {  // ① the parent sleeps
            _exit(1);
        }
        if (read(to_child, text, 9) <= 0)
            _exit(1);
        _exit(write(answers, "three", 5) == 5 ? 0 : 1);
    }
    if (read(to_parent, text, 9) <= 0)
        err(1, "read");
    if (write(says, "two", 3) != 3) {  // ② the child sleeps
        err(1, "write");
    }
    waitpid(child, NULL, 0);
}
