#include "course.h"

/* How much time was left is another number in each run. */
int main(void) {
    alarm(3);
    say_char('0' + alarm(0));
}
