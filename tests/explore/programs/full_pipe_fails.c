#include "course.h"

static char page[4096];

int main(void) {
    int ends[2], count = 0;
    pipe2(ends, O_NONBLOCK);
    if (fork() == 0) { read(ends[0], page, sizeof page); _exit(0); }
    while (write(ends[1], page, sizeof page) > 0) count++;
    say_char('a' + count);
    wait(NULL);
}
