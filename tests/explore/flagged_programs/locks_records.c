#include "course.h"

static void count(void) {
    char value = '0';
    int f = open("counter", O_RDWR | O_CREAT, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(f, F_SETLK, &lock);
    if (pread(f, &value, 1, 0) <= 0) value = '0';
    value++;
    pwrite(f, &value, 1, 0);
    close(f);
}

int main(void) {
    char value;
    for (int i = 0; i < 2; i++)
        if (fork() == 0) { count(); _exit(0); }
    while (wait(NULL) > 0) {}
    int f = open("counter", O_RDONLY);
    read(f, &value, 1);
    say_char(value);
}
