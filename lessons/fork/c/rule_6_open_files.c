/* Rule 6: open files are shared. The demonstration of rule_6_open_files.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

void two_readers(void) {
    char word[4];
    int fd = open("poem", O_CREAT | O_RDWR, 0600);
    if (fd == -1)
        err(1, "poem");
    pwrite(fd, "one two three", 13, 0);
    open("poem", O_RDONLY);  // the same file again: descriptor 4
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        read(fd, word, 4);
        close(fd);  // ① the child has read
        _exit(0);  // ② the child has closed
    }
    waitpid(child, NULL, 0);
    write(1, word, read(fd, word, 3));
}
