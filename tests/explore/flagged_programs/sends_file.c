#include "course.h"
#include <sys/sendfile.h>

/* What sendfile copies to the output is no write of the model: no real run prints "." alone. */
int main(void) {
    if (fork() == 0) {
        pwrite(open("data", O_WRONLY), "cd", 2, 0);
        _exit(0);
    }
    sendfile(1, open("data", O_RDONLY), NULL, 2);
    wait(NULL);
    write(1, ".", 1);
}
