#include "base/json.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin_value(Json *json) {
    if (json->needs_comma)
        text_putc(json->out, ',');
    json->needs_comma = true;
}

void json_begin(Json *json, char bracket) {
    begin_value(json);
    text_putc(json->out, bracket);
    json->needs_comma = false;
}

void json_end(Json *json, char bracket) {
    text_putc(json->out, bracket);
    json->needs_comma = true;
}

void json_key(Json *json, const char *key) {
    json_string(json, key);
    text_putc(json->out, ':');
    json->needs_comma = false;
}

void json_string(Json *json, const char *chars) {
    json_chars(json, chars, strlen(chars));
}

static void put_escaped(Text *out, const char *chars, size_t len, uint32_t code) {
    switch (code) {
    case '"': text_puts(out, "\\\""); break;
    case '\\': text_puts(out, "\\\\"); break;
    case '\n': text_puts(out, "\\n"); break;
    case '\r': text_puts(out, "\\r"); break;
    case '\t': text_puts(out, "\\t"); break;
    default:
        if (code < 0x20 || code == 0x7f)
            text_printf(out, "\\u%04x", code);
        else if (code == UTF8_INVALID)
            text_puts(out, "\xef\xbf\xbd");
        else
            text_append(out, chars, len);
    }
}

void json_chars(Json *json, const char *chars, size_t len) {
    begin_value(json);
    text_putc(json->out, '"');
    for (size_t i = 0, size; i < len; i += size) {
        uint32_t code = utf8_decode(chars + i, len - i, &size);
        put_escaped(json->out, chars + i, size, code);
    }
    text_putc(json->out, '"');
}

void json_int(Json *json, int64_t value) {
    begin_value(json);
    text_printf(json->out, "%" PRId64, value);
}

void json_uint(Json *json, uint64_t value) {
    begin_value(json);
    text_printf(json->out, "%" PRIu64, value);
}

void json_real(Json *json, double value) {
    if (!isfinite(value)) {
        json_null(json);
        return;
    }
    begin_value(json);
    char digits[32];
    for (int precision = 15; precision <= 17; precision++) { /* the shortest that reads back */
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    text_puts(json->out, digits);
}

void json_bool(Json *json, bool value) {
    begin_value(json);
    text_puts(json->out, value ? "true" : "false");
}

void json_null(Json *json) {
    begin_value(json);
    text_puts(json->out, "null");
}
