#include "base/utf8.h"

#include <string.h>

static int continuation(const char *chars, size_t at) {
    return ((unsigned char)chars[at] & 0xc0) == 0x80 ? chars[at] & 0x3f : -1;
}

static size_t size_of_lead(unsigned char lead) {
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

uint32_t utf8_decode(const char *chars, size_t len, size_t *size) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)chars[0];
    size_t wanted = size_of_lead(lead);
    *size = 1;
    if (wanted == 1)
        return lead;
    if (wanted == 0 || wanted > len)
        return UTF8_INVALID;
    uint32_t code = lead & (0x7fu >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        int bits = continuation(chars, i);
        if (bits < 0)
            return UTF8_INVALID;
        code = code << 6 | (uint32_t)bits;
    }
    if (code < smallest[wanted] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return UTF8_INVALID;
    *size = wanted;
    return code;
}

size_t utf8_encode(uint32_t code, char out[4]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00u >> size & 0xff) | code);
    return size;
}

size_t utf8_check(const char *chars, size_t len) {
    size_t at = 0;
    while (at < len) {
        uint64_t word;
        if (len - at >= sizeof word) {
            memcpy(&word, chars + at, sizeof word);
            if (!(word & 0x8080808080808080u)) {
                at += sizeof word;
                continue;
            }
        }
        size_t size;
        if (utf8_decode(chars + at, len - at, &size) == UTF8_INVALID)
            return at;
        at += size;
    }
    return len;
}

typedef struct Range {
    uint32_t first, last;
} Range;

static int is_in(uint32_t code, const Range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return 1;
    return 0;
}

unsigned utf8_columns(uint32_t code) {
    static const Range none[] = {{0x300, 0x36f},   {0x200b, 0x200f}, {0x20d0, 0x20ff},
                                 {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
    static const Range two[] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
                                {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff},
                                {0x20000, 0x3fffd}};
    if (code < 0x300)
        return 1;
    if (is_in(code, none, sizeof none / sizeof *none))
        return 0;
    return is_in(code, two, sizeof two / sizeof *two) ? 2 : 1;
}
