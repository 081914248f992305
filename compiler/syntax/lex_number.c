/* Numbers. Here is where one ends and whether it is well formed; its value is the parser's
 * (literals.c). A malformed number is a token all the same, marked broken. */
#include "syntax/lexer_state.h"

#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_word(char c) {
    return is_digit(c) || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Digits with single underscores between them. False when an underscore stands elsewhere. */
static bool skip_digits(Lexer *lx) {
    bool fine = true;
    char before = '_';
    for (;; lx->at++) {
        char c = lx->chars[lx->at];
        if (!is_digit(c) && c != '_')
            break;
        fine = fine && (c != '_' || before != '_');
        before = c;
    }
    return fine && before != '_';
}

static int radix_of(char letter) {
    switch (letter | 0x20) {
    case 'x': return 16;
    case 'b': return 2;
    case 'o': return 8;
    default: return 0;
    }
}

static int digit_value(char c) {
    return is_digit(c) ? c - '0' : is_word(c) && c != '_' ? (c | 0x20) - 'a' + 10 : 99;
}

static void push_number(Lexer *lx, TokenKind kind, uint32_t start, bool broken) {
    lexer_push(lx, kind, start, lx->at, NULL);
    vec_last(&lx->tokens).broken = broken;
}

static void lex_radix(Lexer *lx, uint32_t start, int radix) {
    lx->at += 2;
    char before = '0', bad = 0;
    bool misplaced = false;
    uint32_t digits = lx->at;
    for (; is_word(lx->chars[lx->at]); lx->at++) {
        char c = lx->chars[lx->at];
        if (c == '_')
            misplaced = misplaced || before == '_';
        else if (digit_value(c) >= radix && !bad)
            bad = c;
        before = c;
    }
    Span span = lexer_span(lx, start, lx->at);
    bool empty = lx->at == digits;
    if (empty)
        diag(lx->diags, span, W0163, lx->chars[start + 1]);
    else if (bad)
        diag(lx->diags, span, W0157, bad, radix);
    else if (misplaced || before == '_')
        diag(lx->diags, span, W0158);
    push_number(lx, TOKEN_INT, start, empty || bad || misplaced || before == '_');
}

/* `1.0f`, `10L`, `2j`, `3px`: what is glued to the end of a number. */
static void report_suffix(Lexer *lx, uint32_t start, uint32_t suffix) {
    const char *text = lx->chars + suffix;
    uint32_t len = lx->at - suffix;
    Diag *d = diag(lx->diags, lexer_span(lx, start, lx->at), W0106, (int)len, text);
    static const char *const types[] = {"i8",  "i16", "i32",  "i64", "u8", "u16",
                                        "u32", "u64", "bf16", "f16", "f32", "f64"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i]) == len && !memcmp(types[i], text, len))
            diag_fix(d, lexer_span(lx, start, lx->at), "%s(%.*s)", types[i],
                     (int)(suffix - start), lx->chars + start);
    if (len == 1 && strchr("fFlLuU", *text))
        diag_fix(d, lexer_span(lx, suffix, lx->at), "%s", "");
}

static bool skip_exponent(Lexer *lx) {
    uint32_t at = lx->at + 1;
    if (lx->chars[at] == '+' || lx->chars[at] == '-')
        at++;
    if (!is_digit(lx->chars[at]))
        return false;
    lx->at = at;
    return true;
}

static bool has_needless_zero(const char *text, uint32_t len) {
    if (len < 2 || text[0] != '0')
        return false;
    for (uint32_t i = 0; i < len; i++)
        if (text[i] != '0' && text[i] != '_')
            return true;
    return false;
}

void lex_number(Lexer *lx) {
    uint32_t start = lx->at;
    const char *text = lx->chars + start;
    if (text[0] == '0' && radix_of(text[1])) {
        lex_radix(lx, start, radix_of(text[1]));
        return;
    }
    TokenKind kind = TOKEN_INT;
    bool fine = text[0] == '.' || skip_digits(lx);
    if (lx->chars[lx->at] == '.') {
        kind = TOKEN_FLOAT;
        lx->at++;
        if (is_digit(lx->chars[lx->at]))
            fine = skip_digits(lx) && fine;
    }
    if ((lx->chars[lx->at] | 0x20) == 'e' && skip_exponent(lx)) {
        kind = TOKEN_FLOAT;
        fine = skip_digits(lx) && fine;
    }
    uint32_t suffix = lx->at;
    while (is_word(lx->chars[lx->at]))
        lx->at++;
    bool octal = kind == TOKEN_INT && lx->at == suffix && has_needless_zero(text, suffix - start);
    if (lx->at > suffix)
        report_suffix(lx, start, suffix);
    else if (!fine)
        diag(lx->diags, lexer_span(lx, start, lx->at), W0158);
    if (octal && fine) {
        Diag *d = diag(lx->diags, lexer_span(lx, start, lx->at), W0164);
        uint32_t zeros = (uint32_t)strspn(text, "0_");
        diag_fix(d, lexer_span(lx, start, start + zeros), "%s", "");
    }
    push_number(lx, kind, start, lx->at > suffix || !fine || octal);
}
