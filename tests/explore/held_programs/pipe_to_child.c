/* The parent writes to its child through a pipe; the child repeats it. */
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    char data[8];
    pipe(ends);
    if (fork() == 0) {
        close(ends[1]);
        long count = read(ends[0], data, sizeof data);
        write(1, data, count);
        _exit(3);
    }
    close(ends[0]);
    write(ends[1], "hello", 5);
    close(ends[1]);
    wait(0);
    return 0;
}
