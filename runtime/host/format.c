/* Follows CPython's Python/formatter_unicode.c in what it prints; tests/unit/test_host_format.c compares with
 * what Python printed. */
#include "host/format.h"

#include "core/decimal.h"
#include "core/dtype.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MOST = 1 << 20 }; /* of width and precision: beyond it is a mistake */

/* ---- the spec ---- */

static int utf8_length(const char *text) {
    unsigned char lead = (unsigned char)*text;
    int length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (int i = 1; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return i;
    return length;
}

static bool is_align(char c) {
    return c == '<' || c == '>' || c == '^' || c == '=';
}

static bool parse_number(const char **at, int64_t *number) {
    int64_t value = 0;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        value = value > WIDTH_MOST ? value : value * 10 + (**at - '0');
    *number = value;
    return value <= WIDTH_MOST;
}

static const char *parse_align(const char *at, FormatSpec *spec, bool *fill_given) {
    int first = *at ? utf8_length(at) : 0;
    if (first && is_align(at[first])) {
        memcpy(spec->fill, at, (size_t)first);
        spec->fill[first] = '\0';
        spec->align = at[first];
        *fill_given = spec->align_given = true;
        return at + first + 1;
    }
    if (is_align(*at)) {
        spec->align = *at;
        spec->align_given = true;
        return at + 1;
    }
    return at;
}

static const char *check_grouping(const FormatSpec *spec) {
    if (!spec->grouping || !spec->type || strchr("deEfFgG%", spec->type))
        return NULL;
    if (spec->grouping == '_' && strchr("boxX", spec->type))
        return NULL;
    return spec->grouping == ',' ? "can't specify ',' with this type" : "can't specify '_' with this type";
}

static const char *check_str_spec(const FormatSpec *spec) {
    if (spec->type && spec->type != 's')
        return "a str takes only the type s";
    if (spec->sign_given)
        return "a sign makes no sense for a str";
    if (spec->no_negative_zero || spec->alternate)
        return "'#' and 'z' make no sense for a str";
    if (spec->align == '=')
        return "'=' alignment makes no sense for a str";
    return spec->grouping ? "a str has no thousands" : NULL;
}

static const char *check_int_spec(const FormatSpec *spec) {
    if (spec->type && strchr("eEfFgG%", spec->type))
        return check_grouping(spec);
    if (spec->type && !strchr("bcdoxXn", spec->type))
        return "an integer takes the types b c d o x X n and e E f F g G %";
    if (spec->precision >= 0)
        return "precision makes no sense for an integer";
    if (spec->no_negative_zero)
        return "'z' makes no sense for an integer";
    if (spec->type == 'c' && (spec->sign_given || spec->alternate))
        return "the type c takes neither a sign nor '#'";
    return check_grouping(spec);
}

static const char *check_float_spec(const FormatSpec *spec) {
    if (spec->type && !strchr("eEfFgGn%", spec->type))
        return "a float takes the types e E f F g G n %";
    return check_grouping(spec);
}

const char *format_spec_parse(const char *text, char kind, FormatSpec *spec) {
    *spec = (FormatSpec){.fill = " ", .align = kind == 's' ? '<' : '>', .sign = '-', .width = -1, .precision = -1};
    bool fill_given = false;
    const char *at = parse_align(text, spec, &fill_given);
    if (*at == '+' || *at == '-' || *at == ' ') {
        spec->sign = *at++;
        spec->sign_given = true;
    }
    if (*at == 'z') {
        spec->no_negative_zero = true;
        at++;
    }
    if (*at == '#') {
        spec->alternate = true;
        at++;
    }
    if (!fill_given && *at == '0') {
        strcpy(spec->fill, "0");
        if (!spec->align_given && kind != 's')
            spec->align = '=';
        at++;
    }
    if (*at >= '0' && *at <= '9' && !parse_number(&at, &spec->width))
        return "the width is too large";
    if (*at == ',' || *at == '_')
        spec->grouping = *at++;
    if (*at == ',' || *at == '_')
        return *at == spec->grouping ? "one ',' or '_' is enough" : "can't specify both ',' and '_'";
    if (*at == '.') {
        at++;
        if (!parse_number(&at, &spec->precision))
            return *at && spec->precision >= 0 ? "the precision is too large" : "the precision is missing after '.'";
    }
    if (*at && at[1])
        return "it is no format";
    spec->type = *at;
    return kind == 's' ? check_str_spec(spec) : kind == 'f' ? check_float_spec(spec) : check_int_spec(spec);
}

/* ---- laying out ---- */

static size_t count_characters(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static void pad(Buffer *out, const FormatSpec *spec, int64_t count) {
    if (count > 0)
        buffer_repeat(out, spec->fill, strlen(spec->fill), (size_t)count);
}

void format_str(Buffer *out, const char *value, const FormatSpec *spec) {
    size_t length = strlen(value);
    if (spec->precision >= 0) {
        int64_t kept = 0;
        const char *at = value;
        for (; *at && kept < spec->precision; kept++)
            at += utf8_length(at);
        length = (size_t)(at - value);
    }
    int64_t padding = spec->width - (int64_t)count_characters(value, length);
    int64_t left = padding <= 0 ? 0 : spec->align == '>' ? padding : spec->align == '^' ? padding / 2 : 0;
    pad(out, spec, left);
    buffer_append(out, value, length);
    pad(out, spec, padding - left);
}

/* Escapes what Python escapes up to U+00A0; other characters are shown as they are. */
void format_str_repr(Buffer *out, const char *value) {
    char quote = strchr(value, '\'') && !strchr(value, '"') ? '"' : '\'';
    buffer_append(out, &quote, 1);
    for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
        bool is_c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0xa0;
        if (*c == '\n' || *c == '\r' || *c == '\t')
            buffer_printf(out, "\\%c", *c == '\n' ? 'n' : *c == '\r' ? 'r' : 't');
        else if (*c == '\\' || *c == (unsigned char)quote)
            buffer_printf(out, "\\%c", *c);
        else if (*c < ' ' || *c == 0x7f || is_c1)
            buffer_printf(out, "\\x%02x", is_c1 ? *++c : *c);
        else
            buffer_append(out, (const char *)c, 1);
    }
    buffer_append(out, &quote, 1);
}

/* A number in its parts: sign, prefix ("0x"), digits to be grouped, the rest (point, fraction, exponent, %). */
typedef struct Number {
    char sign; /* or 0 */
    const char *prefix;
    const char *digits;
    size_t digit_count;
    const char *rest;
    size_t rest_count;
} Number;

/* Digits in groups, with zeros in front until they are `least` wide. Zeros are grouped too, and a separator
 * never leads: so the width may come out one more. */
static void append_grouped(Buffer *out, const Number *n, char separator, int group, int64_t least) {
    int64_t digits = (int64_t)n->digit_count, width = digits;
    if (!separator) {
        if (least > digits)
            buffer_repeat(out, "0", 1, (size_t)(least - digits));
        buffer_append(out, n->digits, n->digit_count);
        return;
    }
    /* `digits` grows by zeros while what it makes with its separators is too narrow. */
    while ((width = digits + (digits - 1) / group) < least)
        digits++;
    int64_t zeros = digits - (int64_t)n->digit_count;
    for (int64_t i = 0; i < digits; i++) {
        if (i > 0 && (digits - i) % group == 0)
            buffer_append(out, &separator, 1);
        buffer_append(out, i < zeros ? "0" : n->digits + (i - zeros), 1);
    }
}

static void append_number(Buffer *out, const Number *n, const FormatSpec *spec) {
    int group = spec->type && strchr("boxX", spec->type) ? 4 : 3;
    size_t prefix = strlen(n->prefix);
    int64_t others = (n->sign ? 1 : 0) + (int64_t)prefix + (int64_t)n->rest_count;
    bool zero_fill = spec->align == '=' && strcmp(spec->fill, "0") == 0;
    Buffer grouped = {0};
    if (n->digit_count > 0)
        append_grouped(&grouped, n, spec->grouping, group, zero_fill ? spec->width - others : 0);
    int64_t padding = spec->width - others - (int64_t)grouped.length;
    int64_t left = padding <= 0 ? 0 : spec->align == '>' ? padding : spec->align == '^' ? padding / 2 : 0;
    int64_t inside = spec->align == '=' && padding > 0 ? padding : 0;
    pad(out, spec, left);
    if (n->sign)
        buffer_append(out, &n->sign, 1);
    buffer_append(out, n->prefix, prefix);
    pad(out, spec, inside);
    buffer_append(out, grouped.data, grouped.length);
    buffer_append(out, n->rest, n->rest_count);
    pad(out, spec, padding - left - inside);
    out->failed |= grouped.failed;
    buffer_free(&grouped);
}

static char sign_to_show(bool negative, char option) {
    return negative ? '-' : option == '-' ? 0 : option;
}

/* ---- integers ---- */

static size_t integer_digits(uint64_t magnitude, unsigned base, bool upper, char *end) {
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    size_t count = 0;
    do {
        *--end = alphabet[magnitude % base];
        magnitude /= base;
        count++;
    } while (magnitude);
    return count;
}

static size_t encode_utf8(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    for (int i = more; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[more] | c);
    return (size_t)more + 1;
}

static void format_character(Buffer *out, bool negative, uint64_t value, const FormatSpec *spec) {
    char text[5] = "";
    /* A width in characters is what strings have; the alignment stays a number's. */
    size_t length = encode_utf8(negative || value > 0x10ffff ? 0xfffd : (uint32_t)value, text);
    int64_t padding = spec->width - 1;
    int64_t left = padding <= 0 ? 0 : spec->align == '<' ? 0 : spec->align == '^' ? padding / 2 : padding;
    pad(out, spec, left);
    buffer_append(out, text, length);
    pad(out, spec, padding - left);
}

void format_int(Buffer *out, bool negative, uint64_t magnitude, const FormatSpec *spec) {
    if (spec->type && strchr("eEfFgG%", spec->type)) {
        double value = negative ? -(double)magnitude : (double)magnitude;
        format_float(out, kDLFloat, 64, float_bits_from_f64(kDLFloat, 64, value), spec);
        return;
    }
    if (spec->type == 'c') {
        format_character(out, negative, magnitude, spec);
        return;
    }
    char digits[64];
    Number n = {.sign = sign_to_show(negative, spec->sign), .prefix = "", .rest = ""};
    unsigned base = 10;
    switch (spec->type) {
    case 'b': base = 2, n.prefix = "0b"; break;
    case 'o': base = 8, n.prefix = "0o"; break;
    case 'x': base = 16, n.prefix = "0x"; break;
    case 'X': base = 16, n.prefix = "0X"; break;
    }
    if (!spec->alternate)
        n.prefix = "";
    n.digit_count = integer_digits(magnitude, base, spec->type == 'X', digits + sizeof digits);
    n.digits = digits + sizeof digits - n.digit_count;
    append_number(out, &n, spec);
}

/* ---- floats ---- */

/* How the digits of a decimal are to stand: as CPython's format_float_short decides. */
typedef struct FloatStyle {
    bool exponent, add_dot_0, alternate, upper;
    int end; /* digits up to here, padded with zeros; 0: as many as there are */
} FloatStyle;

static void append_float_digits(Buffer *out, Decimal d, FloatStyle style) {
    int shown_exponent = d.point - 1;
    if (style.exponent)
        d.point = 1;
    int end = style.end ? style.end : d.count;
    int least = d.point + (!style.exponent && style.add_dot_0 ? 1 : 0);
    if (end < least)
        end = least;
    for (int i = d.point <= 0 ? d.point - 1 : 0; i < end; i++) {
        if (i == d.point)
            buffer_append(out, ".", 1);
        buffer_append(out, i >= 0 && i < d.count ? &d.digits[i] : "0", 1);
    }
    if (end <= d.point && style.alternate)
        buffer_append(out, ".", 1);
    if (style.exponent)
        buffer_printf(out, "%c%+03d", style.upper ? 'E' : 'e', shown_exponent);
}

/* All digits of a value with `precision` of them after the point. */
static Decimal fixed_digits(double value, int64_t precision, char *digits, size_t size) {
    snprintf(digits, size, "%.*f", (int)precision, fabs(value));
    Decimal d = {0, 0, digits};
    for (const char *from = digits; *from; from++)
        if (*from >= '0' && *from <= '9')
            digits[d.count++] = *from;
    d.point = d.count - (int)precision;
    return d;
}

static void strip_zeros(Decimal *d) {
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
}

static bool is_zero(const Decimal *d) {
    for (int i = 0; i < d->count; i++)
        if (d->digits[i] != '0')
            return false;
    return true;
}

/* The text of a finite float without its sign. Says whether all its digits are 0. */
static bool append_finite(Buffer *out, uint8_t code, uint8_t width, uint64_t bits, double value, const FormatSpec *spec) {
    char small[512], *digits = small;
    int64_t precision = spec->precision >= 0 ? spec->precision : 6;
    size_t size = (size_t)precision + 340;
    if (size > sizeof small)
        digits = malloc(size);
    if (!digits) {
        out->failed = true;
        return false;
    }
    FloatStyle style = {.alternate = spec->alternate, .upper = spec->type == 'E' || spec->type == 'G'};
    Decimal d;
    switch (spec->type) {
    case 'e': case 'E':
        d = decimal_digits(value, (int)precision + 1, digits);
        style.exponent = true;
        style.end = (int)precision + 1;
        break;
    case 'f': case 'F': case '%':
        d = fixed_digits(value, precision, digits, size);
        style.end = d.point + (int)precision;
        break;
    case 0:
        if (spec->precision < 0) {
            d = decimal_shortest(code, width, bits, digits);
            style.exponent = d.point <= -4 || d.point > 16;
            style.add_dot_0 = true;
            break;
        }
        style.add_dot_0 = true; /* fall through */
    default: { /* g, G, n */
        int significant = precision == 0 ? 1 : (int)precision;
        d = decimal_digits(value, significant, digits);
        strip_zeros(&d);
        style.exponent = d.point <= -4 || d.point > significant - (style.add_dot_0 ? 1 : 0);
        style.end = spec->alternate ? significant : 0;
        break;
    }
    }
    bool zero = is_zero(&d);
    append_float_digits(out, d, style);
    if (digits != small)
        free(digits);
    return zero;
}

void format_float(Buffer *out, uint8_t code, uint8_t width, uint64_t bits, const FormatSpec *spec) {
    double value = float_bits_to_f64(code, width, bits);
    if (spec->type == '%')
        value *= 100;
    bool upper = spec->type == 'E' || spec->type == 'F' || spec->type == 'G';
    bool negative = signbit(value) && !isnan(value);
    Buffer text = {0};
    if (isnan(value))
        buffer_append(&text, upper ? "NAN" : "nan", 3);
    else if (isinf(value))
        buffer_append(&text, upper ? "INF" : "inf", 3);
    else if (append_finite(&text, code, width, bits, value, spec) && spec->no_negative_zero)
        negative = false;
    if (spec->type == '%')
        buffer_append(&text, "%", 1);
    size_t digits = 0;
    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    Number n = {.sign = sign_to_show(negative, spec->sign), .prefix = "", .digits = text.data, .digit_count = digits,
                .rest = text.data + digits, .rest_count = text.length - digits};
    if (!text.failed)
        append_number(out, &n, spec);
    out->failed |= text.failed;
    buffer_free(&text);
}
