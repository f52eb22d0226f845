#include "../programs/course.h"
#include <dirent.h>

int main(void) {
    DIR *all = opendir("/dev/shm");
    say(readdir(all) ? "+" : "-");
}
