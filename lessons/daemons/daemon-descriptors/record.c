#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

int main(void) {
    close(1);
    int data = open("data", O_CREAT | O_RDWR, 0600);
    if (data == -1)
        err(1, "data");
    if (write(data, "record 1\n", 9) == -1)
        err(1, "data");
    if (write(1, "hello\n", 6) == -1)  // a message of a library
        _exit(1);
}
