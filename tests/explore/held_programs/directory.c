/* One makes a directory and a file in it; the other looks whether it is there. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        mkdir("d", 0700);
        close(open("d/f", O_WRONLY | O_CREAT, 0600));
        rename("d/f", "g");
        unlink("g");
        _exit(0);
    }
    struct stat found;
    write(1, stat("d/f", &found) == 0 ? "y" : "n", 1);
    write(1, access("g", F_OK) == 0 ? "y" : "n", 1);
    wait(0);
    return 0;
}
