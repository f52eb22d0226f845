#include "course.h"

/* The pipe is full amid the write, and then its memory ends. The descriptor blocks before and after. */
int main(void) {
    int p[2], page = sysconf(_SC_PAGESIZE), readable = 25 * page;
    char *bytes = mmap(NULL, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(bytes + readable, page);
    pipe(p);
    if (fork() == 0) {
        close(p[1]);
        while (read(p[0], bytes, page) > 0) continue;
        _exit(0);
    }
    close(p[0]);
    int n = write(p[1], bytes, readable + page);
    say(n == readable ? "25" : "?");
    say(fcntl(p[1], F_GETFL) & O_NONBLOCK ? "n" : "b");
    close(p[1]);
    wait(NULL);
}
