// Prints where the kernel has put its stack.
#include <stdio.h>

int main(void)
{
    int number;
    printf("%p\n", (void *)&number);
}
