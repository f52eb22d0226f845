#include <err.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    const char *argument = "-1";
    char *rest, by_int[20] = "refused";
    int by_atoi = atoi(argument);
    long number = strtol(argument, &rest, 10);
    if (rest != argument && *rest == '\0')  // strtol has read all
        snprintf(by_int, sizeof by_int, "%ld", number);
    regex_t digits;
    if (regcomp(&digits, "^[0-9]{1,4}$", REG_EXTENDED | REG_NOSUB) != 0)
        errx(1, "regcomp");
    int is_number = regexec(&digits, argument, 0, NULL, 0) == 0;
    const char *by_digits = is_number ? "accepted" : "refused";
    printf("%d %s %s\n", by_atoi, by_int, by_digits);
    regfree(&digits);
}
