#include "course.h"

int main(void) {
    int file = open("data", O_RDWR);
    char *map = mmap(NULL, 2, PROT_READ, MAP_PRIVATE, file, 0);
    if (fork() == 0) {
        pwrite(file, "z", 1, 0);
        _exit(0);
    }
    say(map[0] == 'z' ? "y" : "n");
    wait(NULL);
}
