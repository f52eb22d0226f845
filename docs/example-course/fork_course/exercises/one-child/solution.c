#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    // BEGIN SOLUTION
    if (fork() == 0)
        _exit(3);
    wait(NULL);
    // INSTEAD
    // /* Make a child that ends with status 3, and collect it. */
    // END SOLUTION
    return 0;
}
