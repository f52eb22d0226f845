/* Two children add one to a number in a file; then it is shown. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void add(void) {
    char digit = '0';
    int file = open("counter", O_RDWR | O_CREAT, 0600);
    read(file, &digit, 1);
    digit++;
    pwrite(file, &digit, 1, 0);
}

int main(void) {
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            add();
            _exit(0);
        }
    wait(0);
    wait(0);
    return 0;
}
