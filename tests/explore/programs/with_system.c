#include "course.h"

int main(void) {
    system("echo hi");
    say("end");
}
