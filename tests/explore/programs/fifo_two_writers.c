#include "course.h"
/* The first writer may close before the second opens: then the reader sees end of file in between. */

int main(void) {
    char byte;
    mkfifo("f", 0600);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int to = open("f", O_WRONLY);
            write(to, i == 0 ? "a" : "b", 1);
            _exit(0);
        }
    int from = open("f", O_RDONLY);
    while (read(from, &byte, 1) == 1) say_char(byte);
    say("e");
    close(from);
}
