#include "course.h"

int main(void) {
    char bytes[9];
    if (fork() == 0) { write(open("f", O_CREAT | O_WRONLY | O_TRUNC, 0600), "ab", 2); _exit(0); }
    write(open("f", O_CREAT | O_WRONLY | O_TRUNC, 0600), "c", 1);
    wait(NULL);
    int n = read(open("f", O_RDONLY), bytes, 9);
    write(1, bytes, n);
}
