#include "course.h"
/* As many processes as the argument says count in a file, each twice, without a lock. */

int main(int count, char **words) {
    int children = count > 1 ? atoi(words[1]) : 2;
    int f = open("counter", O_RDWR | O_CREAT, 0600);
    pwrite(f, "0", 1, 0);
    for (int child = 0; child < children; child++)
        if (fork() == 0) {
            for (int i = 0; i < 2; i++) {
                char value;
                pread(f, &value, 1, 0);
                value++;
                pwrite(f, &value, 1, 0);
            }
            _exit(0);
        }
    while (wait(NULL) > 0) {}
    char value;
    pread(f, &value, 1, 0);
    say_char(value);
}
