/* The scanner of the IR's text. */
#include "ir/parse_internal.h"
#include "ir/print_internal.h"

#include <ctype.h>

static char char_at(const Parser *p, uint32_t at) {
    return at < p->file->len ? p->file->chars[at] : 0;
}

Span scan_span_from(const Parser *p, uint32_t start) {
    uint32_t end = p->at > start ? p->at : start + (start < p->file->len);
    return (Span){p->file->id, start, end};
}

void skip_space(Parser *p) {
    while (p->at < p->file->len) {
        char c = p->file->chars[p->at];
        if (c == '#') {
            while (p->at < p->file->len && p->file->chars[p->at] != '\n')
                p->at++;
        } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            p->at++;
        } else {
            return;
        }
    }
}

char peek_char(Parser *p) {
    skip_space(p);
    return char_at(p, p->at);
}

bool take_char(Parser *p, char c) {
    if (peek_char(p) != c || p->at >= p->file->len)
        return false;
    p->at++;
    return true;
}

/* What stands at the place, for a message. */
static const char *found(Parser *p) {
    skip_space(p);
    if (p->at >= p->file->len)
        return "the end of the text";
    uint32_t end = p->at;
    while (is_name_char(char_at(p, end)) && end - p->at < 40)
        end++;
    if (end > p->at)
        return arena_printf(p->arena, "'%.*s'", (int)(end - p->at), p->file->chars + p->at);
    unsigned char c = (unsigned char)char_at(p, p->at);
    return c >= 0x20 && c < 0x7f ? arena_printf(p->arena, "'%c'", c)
                                 : arena_printf(p->arena, "the byte 0x%02x", c);
}

bool expected(Parser *p, const char *what) {
    const char *text = found(p);
    parse_error(p, scan_span_from(p, p->at), W0801, what, text);
    return false;
}

bool expect_char(Parser *p, char c) {
    if (take_char(p, c))
        return true;
    return expected(p, arena_printf(p->arena, "'%c'", c));
}

static uint32_t word_end(Parser *p) {
    skip_space(p);
    uint32_t end = p->at;
    while (is_name_char(char_at(p, end)))
        end++;
    return end;
}

bool peek_word(Parser *p, const char *word) {
    uint32_t len = word_end(p) - p->at;
    return strlen(word) == len && memcmp(p->file->chars + p->at, word, len) == 0;
}

bool take_word(Parser *p, const char *word) {
    if (!peek_word(p, word))
        return false;
    p->at += (uint32_t)strlen(word);
    return true;
}

Name read_word(Parser *p) {
    uint32_t end = word_end(p), start = p->at;
    if (end == start)
        return NULL;
    p->at = end;
    return intern(p->names, p->file->chars + start, end - start);
}

static int hex_digit(char c) {
    return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash; -1: no escape of ours. */
static int read_escape(Parser *p) {
    char c = char_at(p, p->at++);
    if (c == '"' || c == '\\')
        return c;
    if (c == 'n')
        return '\n';
    if (c != 'x')
        return -1;
    int high = hex_digit(char_at(p, p->at)), low = hex_digit(char_at(p, p->at + 1));
    if (high < 0 || low < 0)
        return -1;
    p->at += 2;
    return high * 16 + low;
}

bool read_string(Parser *p, Name *string) {
    skip_space(p);
    uint32_t start = p->at;
    if (!take_char(p, '"'))
        return expected(p, "a string in quotes");
    Text text = {.arena = p->arena};
    while (p->at < p->file->len && p->file->chars[p->at] != '"') {
        int c = (unsigned char)p->file->chars[p->at++];
        if (c == '\\' && (c = read_escape(p)) < 0) {
            p->at = p->at < p->file->len ? p->at : p->file->len;
            parse_error(p, scan_span_from(p, start), W0802,
                        "the escapes are \\\" \\\\ \\n and \\xNN");
            return false;
        }
        text_putc(&text, (char)c);
    }
    if (!take_char(p, '"')) {
        p->at = p->file->len;
        parse_error(p, scan_span_from(p, start), W0802, "it has no closing quote");
        return false;
    }
    *string = intern(p->names, text.len ? text.chars : "", text.len);
    return true;
}

Name read_symbol(Parser *p, char sigil) {
    Name name = NULL;
    if (!expect_char(p, sigil))
        return NULL;
    if (char_at(p, p->at) == '"')
        return read_string(p, &name) ? name : NULL;
    if (!is_name_char(char_at(p, p->at))) {
        expected(p, arena_printf(p->arena, "a name after '%c'", sigil));
        return NULL;
    }
    return read_word(p);
}

bool read_number(Parser *p, unsigned __int128 *value) {
    if (!isdigit((unsigned char)peek_char(p)))
        return expected(p, "a number");
    uint32_t start = p->at;
    *value = 0;
    for (; isdigit((unsigned char)char_at(p, p->at)); p->at++) {
        if (*value >> 123) {
            parse_error(p, scan_span_from(p, start), W0810, "a number here has up to 37 digits");
            return false;
        }
        *value = *value * 10 + (unsigned)(char_at(p, p->at) - '0');
    }
    return true;
}

bool read_count(Parser *p, uint32_t limit, uint32_t *value) {
    skip_space(p);
    uint32_t start = p->at;
    unsigned __int128 wide;
    if (!read_number(p, &wide))
        return false;
    if (wide > limit) {
        parse_error(p, scan_span_from(p, start), W0810,
                    arena_printf(p->arena, "it may be %u at most", limit));
        return false;
    }
    *value = (uint32_t)wide;
    return true;
}

bool scan_enter(Parser *p) {
    if (p->depth < MAX_DEPTH) {
        p->depth++;
        return true;
    }
    parse_error(p, scan_span_from(p, p->at), W0809, MAX_DEPTH);
    return false;
}

void scan_leave(Parser *p) {
    p->depth--;
}
