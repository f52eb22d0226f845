#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0)
        for (;;)
            write(STDOUT_FILENO, "", 0);
    wait(NULL);
}
