#include "course.h"
#include <sys/sendfile.h>

/* The model does not know the output of sendfile; no real run prints only ".". */
int main(void) {
    if (fork() == 0) {
        pwrite(open("data", O_WRONLY), "cd", 2, 0);
        _exit(0);
    }
    sendfile(1, open("data", O_RDONLY), NULL, 2);
    wait(NULL);
    write(1, ".", 1);
}
