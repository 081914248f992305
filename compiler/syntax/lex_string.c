/* Strings and f-strings: contents with escapes resolved, interned. An f-string's expressions are lexed
 * in place by the same lexer (lexer_step), with its `{` on the stack of brackets, so that they may
 * hold anything: brackets, strings with the same quotes, f-strings. */
#include "syntax/lexer_state.h"

#include "base/utf8.h"

#include <string.h>

enum { MOST_NESTED_FSTRINGS = 32 };

typedef struct Literal {
    uint32_t start; /* of the prefix */
    char quote;
    bool triple, raw, formatted;
} Literal;

static bool at_end(const Lexer *lx) {
    return lx->at >= lx->len;
}

static bool at_line_end(const Lexer *lx) {
    return lx->chars[lx->at] == '\n' || (lx->chars[lx->at] == '\r' && lx->chars[lx->at + 1] == '\n');
}

static bool at_closing_quote(const Lexer *lx, const Literal *literal) {
    const char *text = lx->chars + lx->at;
    if (text[0] != literal->quote)
        return false;
    return !literal->triple || (text[1] == literal->quote && text[2] == literal->quote);
}

static void report_open(Lexer *lx, const Literal *literal) {
    if (literal->triple) {
        Span quotes = lexer_span(lx, literal->start, literal->start);
        while (lx->chars[quotes.end] != literal->quote)
            quotes.end++;
        quotes.end += 3;
        diag(lx->diags, quotes, W0103, literal->quote, literal->quote, literal->quote);
    } else {
        diag(lx->diags, lexer_span(lx, literal->start, lx->at), W0102, literal->quote);
    }
    lexer_give_up(lx);
}

/* --- escapes --- */

static void put_code(Lexer *lx, uint32_t code) {
    char bytes[4];
    text_append(&lx->buffer, bytes, utf8_encode(code, bytes));
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* \xhh, \uXXXX, \UXXXXXXXX: at the first digit. */
static void lex_hex_escape(Lexer *lx, uint32_t start, uint32_t digits) {
    uint32_t code = 0, got = 0;
    for (; got < digits && hex_value(lx->chars[lx->at]) >= 0; got++)
        code = code << 4 | (uint32_t)hex_value(lx->chars[lx->at++]);
    Span span = lexer_span(lx, start, lx->at);
    if (got < digits)
        diag(lx->diags, span, W0105, lx->chars[start + 1], digits);
    else if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        diag(lx->diags, span, W0159, code);
    else
        put_code(lx, code);
}

static void lex_octal_escape(Lexer *lx) {
    uint32_t code = 0;
    for (int i = 0; i < 3 && lx->chars[lx->at] >= '0' && lx->chars[lx->at] <= '7'; i++)
        code = code << 3 | (uint32_t)(lx->chars[lx->at++] - '0');
    put_code(lx, code);
}

static void report_escape(Lexer *lx, uint32_t start) {
    size_t size;
    utf8_decode(lx->chars + lx->at, lx->len - lx->at, &size);
    Span span = lexer_span(lx, start, lx->at + (uint32_t)size);
    Diag *d = diag(lx->diags, span, W0104, (int)size, lx->chars + lx->at);
    diag_fix(d, lexer_span(lx, start, start + 1), "\\\\");
    text_append(&lx->buffer, lx->chars + start, span.end - start);
    lx->at = span.end;
}

/* At the backslash. */
static void lex_escape(Lexer *lx) {
    static const char simple[128] = {['\\'] = '\\', ['\''] = '\'', ['"'] = '"',  ['a'] = '\a',
                                     ['b'] = '\b',  ['f'] = '\f',  ['n'] = '\n', ['r'] = '\r',
                                     ['t'] = '\t',  ['v'] = '\v'};
    uint32_t start = lx->at++;
    if (at_end(lx))
        return;
    unsigned char c = (unsigned char)lx->chars[lx->at];
    if (c < 128 && simple[c]) {
        lx->at++;
        text_putc(&lx->buffer, simple[c]);
    } else if (at_line_end(lx)) {
        lx->at += c == '\r' ? 2 : 1;
    } else if (c >= '0' && c <= '7') {
        lex_octal_escape(lx);
    } else if (c == 'x' || c == 'u' || c == 'U') {
        lx->at++;
        lex_hex_escape(lx, start, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    } else {
        report_escape(lx, start);
    }
}

/* One character, or escape, of the contents. A line ends in a string as \n, whatever it is in the
 * file. */
static void lex_character(Lexer *lx, const Literal *literal) {
    char c = lx->chars[lx->at];
    if (c == '\\' && !literal->raw) {
        lex_escape(lx);
    } else if (c == '\\' && strchr("\\\"'", lx->chars[lx->at + 1]) && lx->at + 1 < lx->len) { /* raw */
        text_append(&lx->buffer, lx->chars + lx->at, 2);
        lx->at += 2;
    } else if (c == '\r' && lx->chars[lx->at + 1] == '\n') {
        lx->at++;
    } else {
        text_putc(&lx->buffer, c);
        lx->at++;
    }
}

/* How far the contents go on with nothing to look at. */
static uint32_t plain_run(const Lexer *lx, const Literal *literal) {
    uint32_t at = lx->at;
    for (;; at++) {
        char c = lx->chars[at];
        if (c == literal->quote || c == '\\' || c == '\n' || c == '\r' || at >= lx->len)
            return at - lx->at;
        if (literal->formatted && (c == '{' || c == '}'))
            return at - lx->at;
    }
}

/* --- plain strings --- */

static void lex_contents(Lexer *lx, const Literal *literal) {
    uint32_t start = lx->at;
    lx->at += plain_run(lx, literal);
    if (at_closing_quote(lx, literal) && !literal->triple) { /* most strings */
        Name name = intern(lx->names, lx->chars + start, lx->at - start);
        lx->at++;
        lexer_push(lx, TOKEN_STRING, literal->start, lx->at, name);
        return;
    }
    lx->buffer.len = 0;
    text_append(&lx->buffer, lx->chars + start, lx->at - start);
    while (!at_closing_quote(lx, literal)) {
        if (at_end(lx) || (!literal->triple && at_line_end(lx))) {
            report_open(lx, literal);
            return;
        }
        lex_character(lx, literal);
        uint32_t run = plain_run(lx, literal);
        text_append(&lx->buffer, lx->chars + lx->at, run);
        lx->at += run;
    }
    lx->at += literal->triple ? 3 : 1;
    Name name = intern(lx->names, text_cstr(&lx->buffer), lx->buffer.len);
    lexer_push(lx, TOKEN_STRING, literal->start, lx->at, name);
}

/* --- f-strings --- */

/* The text up to the next value or the end of the string. False when the string has no end. */
static bool lex_fstring_text(Lexer *lx, const Literal *literal) {
    uint32_t start = lx->at;
    lx->buffer.len = 0;
    while (!at_closing_quote(lx, literal)) {
        const char *text = lx->chars + lx->at;
        if (at_end(lx) || (!literal->triple && at_line_end(lx))) {
            report_open(lx, literal);
            return false;
        }
        if (text[0] == '{' && text[1] != '{')
            break;
        if (text[0] == '}' && text[1] != '}') {
            Diag *d = diag(lx->diags, lexer_span(lx, lx->at, lx->at + 1), W0131);
            diag_fix(d, lexer_span(lx, lx->at, lx->at + 1), "}}");
        } else if (text[0] == '{' || text[0] == '}') {
            lx->at++;
        }
        lex_character(lx, literal);
        uint32_t run = plain_run(lx, literal);
        text_append(&lx->buffer, lx->chars + lx->at, run);
        lx->at += run;
    }
    Name name = intern(lx->names, text_cstr(&lx->buffer), lx->buffer.len);
    lexer_push(lx, TOKEN_FSTRING_TEXT, start, lx->at, name);
    return true;
}

/* The rest of the line is given up: what it means depends on where the brace should have closed. */
static void report_open_brace(Lexer *lx, uint32_t open) {
    Diag *d = diag(lx->diags, lexer_span(lx, open, open + 1), W0160);
    diag_note(d, (Span){0}, "a brace that is text is written twice: `{{`");
    while (!at_end(lx) && !at_line_end(lx))
        lx->at++;
    lexer_give_up(lx);
}

/* In an expression a quote of the f-string's own kind starts a string where an operand may stand, and
 * ends the f-string where none may. */
static bool follows_operand(const Lexer *lx) {
    switch (vec_last(&lx->tokens).kind) {
    case TOKEN_NAME: case TOKEN_INT: case TOKEN_FLOAT: case TOKEN_STRING: case TOKEN_FSTRING_END:
    case TOKEN_RPAREN: case TOKEN_RBRACKET: case TOKEN_FSTRING_OPEN: return true;
    default: return false;
    }
}

static bool ends_expression(const Lexer *lx) {
    char c = lx->chars[lx->at], next = lx->chars[lx->at + 1];
    return c == '}' || c == ':' || ((c == '!' || c == '=') && next != '=');
}

/* The tokens of `{expression`; false when the string was given up. */
static bool lex_fstring_expression(Lexer *lx, const Literal *literal, uint32_t open) {
    uint32_t base = lx->brackets.len;
    for (;;) {
        bool misses_end = at_end(lx) || (!literal->triple && at_line_end(lx)) ||
                          (at_closing_quote(lx, literal) && follows_operand(lx));
        if (misses_end) {
            report_open_brace(lx, open);
            return false;
        }
        if (lx->brackets.len == base && ends_expression(lx))
            return true;
        lexer_step(lx);
        if (lx->brackets.len < base)
            return false;
    }
}

/* `!r`, `=` after the expression: Python's, not Weft's. */
static void report_conversion(Lexer *lx) {
    uint32_t start = lx->at++;
    while ((lx->chars[lx->at] | 0x20) >= 'a' && (lx->chars[lx->at] | 0x20) <= 'z')
        lx->at++;
    Span span = lexer_span(lx, start, lx->at);
    Diag *d = diag(lx->diags, span, W0149, (int)(lx->at - start), lx->chars + start);
    diag_fix(d, span, "%s", "");
}

/* At the colon. */
static bool lex_format(Lexer *lx, const Literal *literal, uint32_t open) {
    uint32_t start = ++lx->at;
    bool nested = false;
    for (;; lx->at++) {
        if (at_end(lx) || at_closing_quote(lx, literal) || (!literal->triple && at_line_end(lx))) {
            report_open_brace(lx, open);
            return false;
        }
        if (lx->chars[lx->at] == '{') {
            diag(lx->diags, lexer_span(lx, lx->at, lx->at + 1), W0161);
            nested = true;
        } else if (lx->chars[lx->at] == '}') {
            if (!nested)
                break;
            nested = false;
        }
    }
    Name name = intern(lx->names, lx->chars + start, lx->at - start);
    lexer_push(lx, TOKEN_FSTRING_FORMAT, start, lx->at, name);
    return true;
}

/* At the `{`. */
static bool lex_fstring_value(Lexer *lx, const Literal *literal) {
    uint32_t open = lx->at;
    lexer_open(lx, TOKEN_FSTRING_OPEN, '}', true);
    lx->fstring_depth++;
    bool fine = lex_fstring_expression(lx, literal, open);
    lx->fstring_depth--;
    if (!fine)
        return false;
    if (lx->chars[lx->at] == '=' || lx->chars[lx->at] == '!')
        report_conversion(lx);
    if (lx->chars[lx->at] == ':' && !lex_format(lx, literal, open))
        return false;
    if (lx->chars[lx->at] != '}') {
        report_open_brace(lx, open);
        return false;
    }
    lx->brackets.len--;
    lexer_push(lx, TOKEN_FSTRING_CLOSE, lx->at, lx->at + 1, NULL);
    lx->at++;
    return true;
}

static void lex_fstring(Lexer *lx, const Literal *literal) {
    lexer_push(lx, TOKEN_FSTRING_BEGIN, literal->start, lx->at, NULL);
    for (;;) {
        if (!lex_fstring_text(lx, literal))
            return;
        if (lx->chars[lx->at] != '{')
            break;
        if (!lex_fstring_value(lx, literal))
            return;
    }
    uint32_t start = lx->at;
    lx->at += literal->triple ? 3 : 1;
    lexer_push(lx, TOKEN_FSTRING_END, start, lx->at, NULL);
}

void lex_string(Lexer *lx, uint32_t start) {
    Literal literal = {.start = start, .quote = lx->chars[lx->at]};
    for (uint32_t i = start; i < lx->at; i++) {
        char letter = lx->chars[i] | 0x20;
        literal.raw |= letter == 'r';
        literal.formatted |= letter == 'f';
        if (letter == 'b')
            diag(lx->diags, lexer_span(lx, start, lx->at), W0162);
    }
    literal.triple = lx->chars[lx->at + 1] == literal.quote && lx->chars[lx->at + 2] == literal.quote;
    lx->at += literal.triple ? 3 : 1;
    if (literal.formatted && lx->fstring_depth >= MOST_NESTED_FSTRINGS) {
        diag(lx->diags, lexer_span(lx, start, lx->at), W0132, "f-strings", MOST_NESTED_FSTRINGS);
        lx->at = lx->len;
        lexer_give_up(lx);
    } else if (literal.formatted) {
        lex_fstring(lx, &literal);
    } else {
        lex_contents(lx, &literal);
    }
}
