#include "course.h"
#include <sys/syscall.h>

int main(void) {
    say(syscall(9999) < 0 ? "n" : "y");
}
