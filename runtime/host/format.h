/* Python's format mini-language, for integers, floats, strings and bools:
 *     [[fill]align][sign][z][#][0][width][, or _][.precision][type] */
#ifndef WEFT_RT_FORMAT_H
#define WEFT_RT_FORMAT_H

#include "core/names.h"
#include "host/buffer.h"

#include <stdint.h>

typedef struct FormatSpec {
    char fill[5];     /* one character, as UTF-8 */
    char align;       /* < > ^ = */
    char sign;        /* + - or a space */
    bool no_negative_zero, alternate, align_given, sign_given;
    char grouping;    /* , _ or 0 */
    int64_t width, precision; /* -1: not given */
    char type;        /* 0: not given */
} FormatSpec;

/* `kind` is 'i', 'f', 's' or 'b' (bool). Gives what is wrong, or NULL. */
const char *format_spec_parse(const char *text, char kind, FormatSpec *spec);

/* Specs that parse() let pass for the kind. */
void format_str(Buffer *out, const char *value, const FormatSpec *spec);
void format_str_repr(Buffer *out, const char *value); /* in quotes, as Python's repr() */
void format_int(Buffer *out, bool negative, uint64_t magnitude, const FormatSpec *spec);
void format_float(Buffer *out, uint8_t dtype_code, uint8_t width, uint64_t bits, const FormatSpec *spec);

#endif
