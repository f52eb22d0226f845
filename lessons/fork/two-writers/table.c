#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int fd = open("table", O_CREAT | O_RDWR, 0600);
    if (fd == -1)
        err(1, "table");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        lseek(fd, 0, SEEK_SET);
        _exit(write(fd, "cc", 2) == 2 ? 0 : 1);
    }
    lseek(fd, 4, SEEK_SET);
    if (write(fd, "pp", 2) != 2)
        err(1, "table");
    waitpid(child, NULL, 0);
    char table[9];
    ssize_t size = pread(fd, table, sizeof table, 0);
    for (int i = 0; i < size; i++)
        if (table[i] == '\0')
            table[i] = '.';
    write(1, table, size);
}
