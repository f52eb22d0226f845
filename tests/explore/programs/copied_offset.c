// The child copies a byte from a file whose offset it shares with its parent, which reads one.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int in = open("in", O_RDWR | O_CREAT, 0600);
    char byte = '-';
    write(in, "ab", 2);
    lseek(in, 0, SEEK_SET);
    if (fork() == 0) {
        int out = open("out", O_WRONLY | O_CREAT, 0600);
        copy_file_range(in, NULL, out, NULL, 1, 0);
        _exit(0);
    }
    read(in, &byte, 1);
    write(1, &byte, 1);
    wait(NULL);
}
