// The handler is the first that stores into a page of a file that has no name any more.
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char *page;

static void count(int number) {
    (void)number;
    page[0]++;
}

int main(void) {
    char text[4096];
    memset(text, 'a', sizeof text);
    int file = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (write(file, text, sizeof text) != sizeof text)
        return 1;
    page = mmap(NULL, sizeof text, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    close(file);
    unlink("mapped");
    signal(SIGCHLD, count);
    if (fork() == 0)
        _exit(0);
    getppid();
    getppid();
    while (wait(NULL) == -1)
        ;
    char shown[] = {page[0], page[100]};
    return write(1, shown, sizeof shown) != sizeof shown;
}
