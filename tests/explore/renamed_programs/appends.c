/* Two processes append to a file; one renames it; the rest is read from the new name. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    char text[8] = "";
    if (fork() == 0) {
        int f = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
        write(f, "c", 1);
        _exit(0);
    }
    int f = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
    write(f, "p", 1);
    wait(NULL);
    rename(argv[1], argv[2]);
    f = open(argv[2], O_RDONLY);
    read(f, text, 7);
    dprintf(1, "%s in %s\n", text, argv[2]);
}
