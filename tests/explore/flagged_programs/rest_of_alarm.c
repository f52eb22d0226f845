#include "course.h"

int main(void) {
    alarm(10);
    say(alarm(0) > 5 ? "many" : "few");
}
