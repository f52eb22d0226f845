/* Its parent is a shell that leads the session of its job. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("%d%d", getsid(0) == getppid(), getsid(0) == getpid());
    return 0;
}
