/* Two processes read a file that has no name any more, by one offset; another one has its name. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    char one = '?';
    int f = open(argv[1], O_RDWR | O_CREAT, 0600);
    write(f, "ab", 2);
    lseek(f, 0, SEEK_SET);
    unlink(argv[1]);
    int other = open(argv[2], O_RDWR | O_CREAT, 0600);
    write(other, "x", 1);
    pid_t child = fork();
    read(f, &one, 1);
    dprintf(1, "%c%c", child ? 'P' : 'C', one);
    if (!child) _exit(0);
    wait(NULL);
    dprintf(1, " %s", argv[2]);
}
