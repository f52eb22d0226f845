// Prints the pid of its parent, a process outside.
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("%d\n", getppid());
}
