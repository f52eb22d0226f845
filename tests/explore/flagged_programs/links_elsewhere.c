/* Links a file into another directory of the same file system. */
#include <unistd.h>

int main(int count, char **words)
{
    return count == 2 && link("data", words[1]);
}
