/* A child makes a file in a new directory, while the parent looks for it. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    mkdir(argv[1], 0700);
    chdir(argv[1]);
    if (fork() == 0) {
        close(open(argv[2], O_WRONLY | O_CREAT, 0600));
        _exit(0);
    }
    DIR *directory = opendir(".");
    struct dirent *entry;
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.' || entry->d_name[1] > '.') dprintf(1, "%s ", entry->d_name);
    dprintf(1, "%d", access(argv[2], F_OK));
    wait(NULL);
}
