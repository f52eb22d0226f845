#include "course.h"

int main(void) {
    if (fork() == 0) { unlink("f"); _exit(0); }
    int f = open("f", O_CREAT | O_RDWR, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(f, F_SETLKW, &lock);
    wait(NULL);
}
