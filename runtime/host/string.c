/* Strings of host code: UTF-8 that ends with NUL. Numbers are read as Python's int() and float() read them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "host/program.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

uint8_t weft_str_equal(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

int64_t weft_str_compare(const char *a, const char *b) {
    return strcmp(a, b);
}

int64_t weft_str_length(const char *text) {
    int64_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* The number's characters without the spaces about it and the underscores between its digits; false when
 * it is too long, or an underscore stands elsewhere. */
static bool clean_number(const char *text, char *out, size_t size) {
    static const char spaces[] = " \t\n\r\f\v";
    text += strspn(text, spaces);
    size_t length = strlen(text), used = 0;
    while (length > 0 && strchr(spaces, text[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++) {
        bool digit_before = i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9';
        bool digit_after = i + 1 < length && text[i + 1] >= '0' && text[i + 1] <= '9';
        if (text[i] == '_' && digit_before && digit_after)
            continue;
        if (text[i] == '_' || used + 1 >= size)
            return false;
        out[used++] = text[i];
    }
    out[used] = '\0';
    return used > 0;
}

int64_t weft_str_to_i64(const char *text, const char *location) {
    char number[512];
    bool ok = clean_number(text, number, sizeof number);
    const char *digits = number + (ok && (*number == '-' || *number == '+'));
    if (!ok || strspn(digits, "0123456789") != strlen(digits) || !*digits)
        host_failf(WEFT_ERROR_ARGUMENT, location, "int(): '%s' is not an integer", text);
    errno = 0;
    long long value = strtoll(number, NULL, 10);
    if (errno == ERANGE)
        host_failf(WEFT_ERROR_ARGUMENT, location, "int(): %s does not fit an int", text);
    return value;
}

/* A number of the program's is read with a point whatever the locale. */
static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static double read_number(const char *number, char **end) {
    pthread_once(&c_locale_once, make_c_locale);
    locale_t before = c_locale ? uselocale(c_locale) : (locale_t)0;
    double value = strtod(number, end);
    if (before)
        uselocale(before);
    return value;
}

double weft_str_to_f64(const char *text, const char *location) {
    char number[512];
    bool ok = clean_number(text, number, sizeof number) && strpbrk(number, "xXpP(") == NULL;
    char *end = number;
    double value = ok ? read_number(number, &end) : 0;
    if (!ok || *end || end == number)
        host_failf(WEFT_ERROR_ARGUMENT, location, "f64(): '%s' is not a number", text);
    return value;
}
