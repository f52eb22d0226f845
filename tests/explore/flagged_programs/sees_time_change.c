/* The modification time of a file shows a write only if the clock has advanced. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    struct stat before, after;
    close(creat("data", 0644));
    stat("data", &before);
    if (fork() == 0) {
        int file = open("data", O_WRONLY | O_APPEND);
        if (write(file, "c", 1) != 1)
            _exit(1);
        _exit(0);
    }
    wait(NULL);
    stat("data", &after);
    puts(before.st_mtim.tv_sec == after.st_mtim.tv_sec
                 && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec
             ? "the same time" : "another time");
    return 0;
}
