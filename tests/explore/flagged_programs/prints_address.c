// Prints the address of its stack.
#include <stdio.h>

int main(void)
{
    int number;
    printf("%p\n", (void *)&number);
}
