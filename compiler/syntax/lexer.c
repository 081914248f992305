/* Lines, indentation, brackets, words and punctuation. Strings are lex_string.c's, numbers
 * lex_number.c's. One pass, driven by a table of character classes.
 *
 * Recovery. A bracket that is never closed would swallow the rest of the file. It is noticed at a word
 * that only starts a statement, or at the end; then lexing goes back to the first line that looks like
 * the next statement (Resume). A statement whose brackets or indentation are wrong is `spoiled`: its
 * first token is marked broken, and the parser drops it, since what it would say is a consequence. */
#include "syntax/lexer.h"

#include "base/utf8.h"
#include "syntax/lexer_state.h"

#include <string.h>

enum { TAB_WIDTH = 4, MOST_REWINDS = 16 };

/* --- what a kind of token is called --- */

static const char *const kind_names[] = {
#define TOKEN(code, shown) #code,
#define PUNCTUATION(code, text) #code,
#define KEYWORD(code, text) #code,
#define RESERVED(code, text, advice, fix) #code,
#include "syntax/tokens.def"
};

static const char *const kinds_shown[] = {
#define TOKEN(code, shown) shown,
#define PUNCTUATION(code, text) "`" text "`",
#define KEYWORD(code, text) "`" text "`",
#define RESERVED(code, text, advice, fix) "`" text "`",
#include "syntax/tokens.def"
};

static const ReservedWord reserved_words[] = {
#define RESERVED(code, text, advice, fix) [TOKEN_##code] = {text, advice, fix},
#include "syntax/tokens.def"
};

const char *token_kind_name(TokenKind kind) {
    return kind_names[kind];
}

const char *token_kind_shown(TokenKind kind) {
    return kinds_shown[kind];
}

const ReservedWord *token_reserved(TokenKind kind) {
    bool is_reserved = kind < sizeof reserved_words / sizeof *reserved_words;
    return is_reserved && reserved_words[kind].text ? &reserved_words[kind] : NULL;
}

/* --- character classes --- */

typedef enum CharClass {
    ILLEGAL, END, SPACE, TAB, RETURN, LINE, COMMENT, BACKSLASH, LETTER, DIGIT, QUOTE, PUNCT, DOT,
    OPENER, CLOSER, HIGH,
} CharClass;

static const uint8_t classes[256] = {
    [0] = END, [' '] = SPACE, ['\t'] = TAB, ['\r'] = RETURN, ['\n'] = LINE,
    ['#'] = COMMENT, ['\\'] = BACKSLASH, ['_'] = LETTER, ['a' ... 'z'] = LETTER,
    ['A' ... 'Z'] = LETTER, ['0' ... '9'] = DIGIT, ['"'] = QUOTE, ['\''] = QUOTE, ['.'] = DOT,
    ['+'] = PUNCT, ['-'] = PUNCT, ['*'] = PUNCT, ['/'] = PUNCT, ['%'] = PUNCT, ['@'] = PUNCT,
    ['&'] = PUNCT, ['|'] = PUNCT, ['^'] = PUNCT, ['~'] = PUNCT, ['<'] = PUNCT, ['>'] = PUNCT,
    ['='] = PUNCT, ['!'] = PUNCT, [','] = PUNCT, [':'] = PUNCT, [';'] = PUNCT, ['?'] = PUNCT,
    ['('] = OPENER, ['['] = OPENER, ['{'] = OPENER, [')'] = CLOSER, [']'] = CLOSER,
    ['}'] = CLOSER, [0x80 ... 0xff] = HIGH,
};

static CharClass class_at(const Lexer *lx, uint32_t at) {
    return (CharClass)classes[(unsigned char)lx->chars[at]];
}

static bool at_end(const Lexer *lx) {
    return lx->at >= lx->len;
}

/* --- tables made from tokens.def --- */

static void add_keyword(Lexer *lx, const char *text, TokenKind kind) {
    Name name = intern_cstr(lx->names, text);
    uint32_t slot = name_hash(name) % KEYWORD_SLOTS;
    while (lx->keywords[slot].name)
        slot = (slot + 1) % KEYWORD_SLOTS;
    lx->keywords[slot] = (KeywordSlot){name, (uint8_t)kind};
}

static void add_punctuation(PunctuationTable *table, const char *text, TokenKind kind) {
    unsigned char first = (unsigned char)text[0];
    if (!text[1])
        table->one[first] = (uint8_t)kind;
    else if (text[1] == '=' && !text[2])
        table->equal[first] = (uint8_t)kind;
    if (text[1] == text[0] && !text[2])
        table->doubled[first] = (uint8_t)kind;
    else if (text[1] == text[0] && text[2] == '=')
        table->doubled_equal[first] = (uint8_t)kind;
}

static void make_tables(Lexer *lx) {
#define PUNCTUATION(code, text) add_punctuation(&lx->punctuation, text, TOKEN_##code);
#define KEYWORD(code, text) add_keyword(lx, text, TOKEN_##code);
#define RESERVED(code, text, advice, fix) add_keyword(lx, text, TOKEN_##code);
#include "syntax/tokens.def"
}

static TokenKind keyword_kind(const Lexer *lx, Name name) {
    uint32_t slot = name_hash(name) % KEYWORD_SLOTS;
    for (; lx->keywords[slot].name; slot = (slot + 1) % KEYWORD_SLOTS)
        if (lx->keywords[slot].name == name)
            return (TokenKind)lx->keywords[slot].kind;
    return TOKEN_NAME;
}

/* --- brackets --- */

void lexer_open(Lexer *lx, TokenKind kind, char closer, bool fstring) {
    Bracket bracket = {.token = lx->tokens.len, .closer = closer, .fstring = fstring};
    vec_push(lx->arena, &lx->brackets, bracket);
    if (lx->brackets.len == 1)
        lx->resume.known = false;
    lexer_push(lx, kind, lx->at, lx->at + 1, NULL);
    lx->at++;
}

void lexer_give_up(Lexer *lx) {
    lexer_push(lx, TOKEN_ERROR, lx->at, lx->at, NULL);
    lx->brackets.len = 0;
}

static TokenKind closer_kind(char closer) {
    return closer == ')' ? TOKEN_RPAREN : closer == ']' ? TOKEN_RBRACKET : TOKEN_RBRACE;
}

static char opener_of(char closer) {
    return closer == ')' ? '(' : closer == ']' ? '[' : '{';
}

static Span bracket_span(const Lexer *lx, const Bracket *bracket) {
    const Token *token = &lx->tokens.items[bracket->token];
    return lexer_span(lx, token->start, token->end);
}

/* How many of the open brackets, from the innermost, `closer` would close; 0: it fits none. */
static uint32_t depth_of_closer(const Lexer *lx, char closer) {
    for (uint32_t i = lx->brackets.len; i-- > 0 && !lx->brackets.items[i].fstring;)
        if (lx->brackets.items[i].closer == closer)
            return lx->brackets.len - i;
    return 0;
}

static void report_wrong_closer(Lexer *lx, const Bracket *open, char found) {
    if (lx->spoiled)
        return;
    lx->spoiled = true;
    Diag *d = diag(lx->diags, lexer_span(lx, lx->at, lx->at + 1), W0112, opener_of(open->closer),
                   open->closer, found);
    diag_note(d, bracket_span(lx, open), "the `%c` is here", opener_of(open->closer));
}

/* Closes brackets until `keep` are left, or up to an f-string's. */
static void supply_closers(Lexer *lx, uint32_t keep) {
    while (lx->brackets.len > keep && !vec_last(&lx->brackets).fstring) {
        TokenKind missing = closer_kind(vec_pop(&lx->brackets).closer);
        lexer_push(lx, missing, lx->at, lx->at, NULL);
    }
}

static void lex_closer(Lexer *lx) {
    char found = lx->chars[lx->at];
    const Bracket *open = lx->brackets.len ? &vec_last(&lx->brackets) : NULL;
    if (!open || open->fstring) {
        if (!lx->spoiled)
            diag(lx->diags, lexer_span(lx, lx->at, lx->at + 1), W0113, found, opener_of(found));
        lx->spoiled = true;
        lx->at++;
        return;
    }
    if (open->closer != found) {
        uint32_t depth = depth_of_closer(lx, found);
        report_wrong_closer(lx, open, found);
        if (depth > 0) {
            supply_closers(lx, lx->brackets.len - depth + 1);
        } else if (found == '}' && lx->fstring_depth) { /* it ends the value */
            supply_closers(lx, 0);
            return;
        }
    }
    TokenKind kind = closer_kind(vec_pop(&lx->brackets).closer);
    lexer_push(lx, kind, lx->at, lx->at + 1, NULL);
    lx->at++;
}

/* Nothing will close what is open. Ends the statement before the line where the next one seems to
 * begin, or before `line_start`. */
static void report_unclosed(Lexer *lx, uint32_t line_start, uint32_t token) {
    if (lx->resume.known && lx->rewinds++ < MOST_REWINDS) {
        line_start = lx->resume.at;
        token = lx->resume.token;
    }
    while (lx->brackets.len > 1 && vec_last(&lx->brackets).token >= token)
        lx->brackets.len--;
    const Bracket *open = &vec_last(&lx->brackets);
    if (!lx->spoiled)
        diag(lx->diags, bracket_span(lx, open), W0111, opener_of(open->closer), open->closer);
    lx->spoiled = true;
    lx->brackets.len = 0;
    lx->tokens.len = token;
    lx->at = line_start;
}

/* --- space --- */

static void report_tab(Lexer *lx, uint32_t at, uint32_t column) {
    if (lx->said_tab)
        return;
    lx->said_tab = true;
    Span span = lexer_span(lx, at, at + 1);
    Diag *d = diag(lx->diags, span, W0101, column);
    diag_fix(d, span, "%*s", TAB_WIDTH, "");
}

/* Spaces and tabs; a tab matters only before a token. Gives the column that follows, from 0. */
static uint32_t skip_space(Lexer *lx) {
    uint32_t column = 0, start = lx->at, first_tab = UINT32_MAX;
    for (;; lx->at++) {
        if (lx->chars[lx->at] == ' ') {
            column++;
        } else if (lx->chars[lx->at] == '\t') {
            column = (column / TAB_WIDTH + 1) * TAB_WIDTH;
            if (first_tab == UINT32_MAX)
                first_tab = lx->at;
        } else {
            break;
        }
    }
    CharClass next = class_at(lx, lx->at);
    bool is_blank = next == LINE || next == RETURN || next == COMMENT || (next == END && at_end(lx));
    if (first_tab != UINT32_MAX && !is_blank) {
        while (start > 0 && lx->chars[start - 1] != '\n')
            start--;
        uint32_t characters = 1;
        for (uint32_t i = start; i < first_tab; i++)
            characters += ((unsigned char)lx->chars[i] & 0xc0) != 0x80;
        report_tab(lx, first_tab, characters);
    }
    return column;
}

static void skip_comment(Lexer *lx) {
    const char *end = memchr(lx->chars + lx->at, '\n', lx->len - lx->at);
    lx->at = end ? (uint32_t)(end - lx->chars) : lx->len;
}

static bool skip_line_end(Lexer *lx) {
    uint32_t at = lx->at + (lx->chars[lx->at] == '\r');
    if (at >= lx->len || lx->chars[at] != '\n')
        return false;
    lx->at = at + 1;
    return true;
}

/* --- the start of a line --- */

static void report_bad_dedent(Lexer *lx, uint32_t column) {
    lx->spoiled = true;
    if (lx->said_tab) /* how wide it was meant to be is anybody's guess */
        return;
    Span span = lexer_span(lx, lx->at, lx->at + 1);
    Diag *d = diag(lx->diags, span, W0109, column + 1);
    Text columns = {.arena = lx->arena};
    VEC_FOR_EACH (i, &lx->indents)
        text_printf(&columns, "%s%u", i ? ", " : "", lx->indents.items[i].column + 1);
    diag_note(d, (Span){0}, "the blocks around it start at column %s", text_cstr(&columns));
}

static bool is_at(const Indent *indent, uint32_t column) {
    return indent->column == column || indent->also == column;
}

static void close_blocks(Lexer *lx, uint32_t column) {
    uint32_t keep = lx->indents.len;
    while (keep > 1 && lx->indents.items[keep - 1].column > column &&
           !is_at(&lx->indents.items[keep - 1], column))
        keep--;
    Indent *reached = &lx->indents.items[keep - 1];
    if (!is_at(reached, column)) { /* between two blocks: taken for the inner one */
        report_bad_dedent(lx, column);
        reached++;
        reached->also = column;
        keep++;
    }
    for (; lx->indents.len > keep; lx->indents.len--)
        lexer_push(lx, TOKEN_DEDENT, lx->at, lx->at, NULL);
}

static void lex_indentation(Lexer *lx, uint32_t line_start, uint32_t column) {
    Indent *top = &vec_last(&lx->indents);
    lx->statement_column = column;
    if (is_at(top, column))
        return;
    if (column < top->column) {
        close_blocks(lx, column);
        return;
    }
    Indent indent = {column, column};
    vec_push(lx->arena, &lx->indents, indent);
    lexer_push(lx, TOKEN_INDENT, line_start, lx->at, NULL);
    vec_last(&lx->tokens).broken = lx->said_tab;
}

static void end_statement(Lexer *lx, uint32_t at) {
    if (lx->spoiled && lx->statement_token < lx->tokens.len)
        lx->tokens.items[lx->statement_token].broken = true;
    lexer_push(lx, TOKEN_NEWLINE, at, at, NULL);
}

/* Skips lines with nothing on them. False at the end of the file. */
static bool start_statement(Lexer *lx) {
    for (;;) {
        uint32_t line_start = lx->at;
        uint32_t column = skip_space(lx);
        if (lx->chars[lx->at] == '#')
            skip_comment(lx);
        if (at_end(lx))
            return false;
        if (skip_line_end(lx))
            continue;
        lx->said_character = lx->spoiled = false;
        lex_indentation(lx, line_start, column);
        lx->statement_token = lx->tokens.len;
        return true;
    }
}

/* `def f(x: f32:` at the end of a line: where the block begins, if the bracket is never closed. */
static bool ends_header(const Lexer *lx) {
    if (vec_last(&lx->tokens).kind != TOKEN_COLON)
        return false;
    switch (lx->tokens.items[lx->statement_token].kind) {
    case TOKEN_DEF: case TOKEN_IF: case TOKEN_ELIF: case TOKEN_WHILE: case TOKEN_FOR:
    case TOKEN_COMPTIME: return true;
    default: return false;
    }
}

/* A line end inside brackets. */
static void join_line(Lexer *lx) {
    if (lx->fstring_depth > 0)
        return;
    uint32_t line_start = lx->at;
    lx->line_start = line_start;
    lx->line_token = lx->tokens.len;
    uint32_t column = skip_space(lx);
    CharClass next = class_at(lx, lx->at);
    bool is_statement_like = next == LETTER || next == HIGH;
    bool is_deeper = column > lx->statement_column && !ends_header(lx);
    if (lx->resume.known || is_deeper || !is_statement_like)
        return;
    lx->resume = (Resume){.known = true, .at = line_start, .token = lx->tokens.len};
}

/* --- words --- */

/* A word that no expression holds: inside brackets, at the start of a line, it tells that one of them
 * was never closed. */
static bool only_starts_statements(const Lexer *lx, TokenKind kind) {
    switch (kind) {
    case TOKEN_DEF: { /* of a function, not of a function type */
        uint32_t at = lx->at;
        while (lx->chars[at] == ' ')
            at++;
        return class_at(lx, at) == LETTER;
    }
    case TOKEN_STRUCT: case TOKEN_RETURN: case TOKEN_WHILE: case TOKEN_IMPORT: case TOKEN_FROM:
    case TOKEN_COMPTIME: case TOKEN_PASS: case TOKEN_BREAK: case TOKEN_CONTINUE: case TOKEN_VAR:
    case TOKEN_ASSERT: case TOKEN_ELIF: return true;
    default: return false;
    }
}

static bool is_letter(uint32_t code) {
    static const struct { uint32_t first, last; } marks[] = { /* punctuation and signs */
        {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},     {0xd7, 0xd7},
        {0xf7, 0xf7},     {0x2000, 0x206f}, {0x2190, 0x2bff}, {0x3000, 0x3004}, {0x3008, 0x3020},
        {0xfe00, 0xfe6f}, {0xfeff, 0xff0f}, {0xff1a, 0xff20}, {0xfff0, 0xffff}, {0x1f000, 0x1faff},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (code >= marks[i].first && code <= marks[i].last)
            return false;
    return code != UTF8_INVALID;
}

static uint32_t word_end(const Lexer *lx, uint32_t at) {
    for (;;) {
        CharClass class = class_at(lx, at);
        while (class == LETTER || class == DIGIT)
            class = class_at(lx, ++at);
        size_t size;
        if (class != HIGH || !is_letter(utf8_decode(lx->chars + at, lx->len - at, &size)))
            return at;
        at += (uint32_t)size;
    }
}

static bool is_string_prefix(const char *word, uint32_t len) {
    for (uint32_t i = 0; i < len; i++)
        if (!strchr("rRfFbBuU", word[i]))
            return false;
    return len <= 2;
}

/* A `{` is left alone: with a block between braces, statements are what one expects there. */
static bool is_line_start_inside(const Lexer *lx) {
    return lx->brackets.len && lx->tokens.len == lx->line_token && !lx->fstring_depth &&
           vec_last(&lx->brackets).closer != '}';
}

/* False when it told that a bracket is never closed: the statement ends before it. */
static bool lex_word(Lexer *lx) {
    uint32_t start = lx->at, end = word_end(lx, start), len = end - start;
    const char *word = lx->chars + start;
    lx->at = end;
    if (class_at(lx, end) == QUOTE && is_string_prefix(word, len)) {
        lex_string(lx, start);
        return true;
    }
    Name name = intern(lx->names, word, len);
    TokenKind kind = len <= LONGEST_KEYWORD ? keyword_kind(lx, name) : TOKEN_NAME;
    if (is_line_start_inside(lx) && only_starts_statements(lx, kind)) {
        report_unclosed(lx, lx->line_start, lx->line_token);
        end_statement(lx, lx->at);
        return false;
    }
    lexer_push(lx, kind, start, end, name);
    return true;
}

/* --- characters with no meaning --- */

static void lex_illegal(Lexer *lx) {
    static const struct { const char *found, *meant; } lookalikes[] = {
        {"\xe2\x80\x9c", "\""}, {"\xe2\x80\x9d", "\""}, {"\xe2\x80\x98", "'"}, {"\xe2\x80\x99", "'"},
        {"\xe2\x80\x93", "-"},  {"\xe2\x80\x94", "-"},  {"\xe2\x88\x92", "-"}, {"\xc3\x97", "*"},
        {"\xc3\xb7", "/"},      {"\xe2\x89\xa4", "<="}, {"\xe2\x89\xa5", ">="}, {"\xe2\x89\xa0", "!="},
        {"\xc2\xa0", " "},
    };
    size_t size;
    uint32_t code = utf8_decode(lx->chars + lx->at, lx->len - lx->at, &size);
    Span span = lexer_span(lx, lx->at, lx->at + (uint32_t)size);
    if (!lx->said_character && code != UTF8_INVALID) { /* that was said of the whole file */
        bool shown = code >= 0x21 && code != 0x7f && !(code >= 0x80 && code < 0xa1) && code != 0xfeff &&
                     !(code >= 0x200b && code <= 0x200f);
        Diag *d = shown ? diag(lx->diags, span, W0107, (int)size, lx->chars + lx->at)
                        : diag(lx->diags, span, W0156, code);
        for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++)
            if (strlen(lookalikes[i].found) == size &&
                !memcmp(lookalikes[i].found, lx->chars + lx->at, size))
                diag_fix(d, span, "%s", lookalikes[i].meant);
        lx->said_character = true;
    }
    lexer_push(lx, TOKEN_ERROR, span.start, span.end, NULL);
    lx->at = span.end;
}

static void lex_backslash(Lexer *lx) {
    uint32_t start = lx->at++;
    if (skip_line_end(lx))
        return;
    uint32_t after = lx->at;
    while (lx->chars[after] == ' ' || lx->chars[after] == '\t')
        after++;
    bool at_line_end = class_at(lx, after) == LINE || class_at(lx, after) == RETURN;
    bool space_behind = after > lx->at && at_line_end;
    Diag *d = diag(lx->diags, lexer_span(lx, start, lx->at), W0148);
    if (space_behind)
        diag_fix(d, lexer_span(lx, start, after), "\\");
    if (!space_behind)
        lexer_push(lx, TOKEN_ERROR, start, lx->at, NULL);
    else if (lx->at = after, !skip_line_end(lx))
        lx->at++;
}

/* --- punctuation --- */

static void lex_foreign(Lexer *lx, uint32_t len, TokenKind meant, const char *text) {
    Span span = lexer_span(lx, lx->at, lx->at + len);
    Diag *d = diag(lx->diags, span, W0115, text, (int)len, lx->chars + lx->at);
    bool glued = len == 1 && class_at(lx, span.end) != SPACE;
    diag_fix(d, span, glued ? "%s " : "%s", text);
    lexer_push(lx, meant, span.start, span.end, intern_cstr(lx->names, text));
    lx->at = span.end;
}

static TokenKind punctuation_kind(const Lexer *lx, uint32_t *len) {
    const char *text = lx->chars + lx->at;
    const PunctuationTable *table = &lx->punctuation;
    unsigned char first = (unsigned char)text[0];
    *len = 3;
    if (text[1] == text[0] && text[2] == '=' && table->doubled_equal[first])
        return (TokenKind)table->doubled_equal[first];
    *len = 2;
    if (text[1] == text[0] && table->doubled[first])
        return (TokenKind)table->doubled[first];
    if (text[1] == '=' && table->equal[first])
        return (TokenKind)table->equal[first];
    if (text[0] == '-' && text[1] == '>')
        return TOKEN_ARROW;
    *len = 1;
    return (TokenKind)table->one[first];
}

static void lex_punctuation(Lexer *lx) {
    const char *text = lx->chars + lx->at;
    if (text[0] == '&' && text[1] == '&') {
        lex_foreign(lx, 2, TOKEN_AND, "and");
    } else if (text[0] == '|' && text[1] == '|') {
        lex_foreign(lx, 2, TOKEN_OR, "or");
    } else if (text[0] == '!' && text[1] != '=') {
        lex_foreign(lx, 1, TOKEN_NOT, "not");
    } else {
        uint32_t len;
        TokenKind kind = punctuation_kind(lx, &len);
        lexer_push(lx, kind, lx->at, lx->at + len, NULL);
        lx->at += len;
    }
}

static void lex_dot(Lexer *lx) {
    if (class_at(lx, lx->at + 1) == DIGIT) {
        lex_number(lx);
        return;
    }
    bool ellipsis = !strncmp(lx->chars + lx->at, "...", 3);
    uint32_t len = ellipsis ? 3 : 1;
    lexer_push(lx, ellipsis ? TOKEN_ELLIPSIS : TOKEN_DOT, lx->at, lx->at + len, NULL);
    lx->at += len;
}

static void lex_opener(Lexer *lx) {
    switch (lx->chars[lx->at]) {
    case '(': lexer_open(lx, TOKEN_LPAREN, ')', false); break;
    case '[': lexer_open(lx, TOKEN_LBRACKET, ']', false); break;
    default: lexer_open(lx, TOKEN_LBRACE, '}', false);
    }
}

/* --- statements --- */

static bool lex_line_end(Lexer *lx) {
    uint32_t start = lx->at;
    if (!skip_line_end(lx)) { /* a lone carriage return */
        lex_illegal(lx);
        return true;
    }
    if (lx->brackets.len) {
        join_line(lx);
        return true;
    }
    end_statement(lx, start);
    return false;
}

static bool lex_end(Lexer *lx) {
    if (!at_end(lx)) { /* a NUL in the text */
        lex_illegal(lx);
        return true;
    }
    if (lx->brackets.len)
        report_unclosed(lx, lx->at, lx->tokens.len);
    end_statement(lx, lx->at);
    return false;
}

static bool lex_high(Lexer *lx) {
    if (word_end(lx, lx->at) > lx->at)
        return lex_word(lx);
    lex_illegal(lx);
    return true;
}

bool lexer_step(Lexer *lx) {
    switch (class_at(lx, lx->at)) {
    case SPACE: lx->at++; return true;
    case TAB: skip_space(lx); return true;
    case LETTER: return lex_word(lx);
    case DIGIT: lex_number(lx); return true;
    case PUNCT: lex_punctuation(lx); return true;
    case DOT: lex_dot(lx); return true;
    case OPENER: lex_opener(lx); return true;
    case CLOSER: lex_closer(lx); return true;
    case QUOTE: lex_string(lx, lx->at); return true;
    case COMMENT: skip_comment(lx); return true;
    case BACKSLASH: lex_backslash(lx); return true;
    case LINE: case RETURN: return lex_line_end(lx);
    case END: return lex_end(lx);
    case HIGH: return lex_high(lx);
    case ILLEGAL: lex_illegal(lx); return true;
    }
    return true;
}

/* What else is wrong with a file that is no UTF-8 is no news: it goes to a sink that nobody reads. */
static void check_encoding(Lexer *lx) {
    uint32_t bad = (uint32_t)utf8_check(lx->chars, lx->len);
    if (bad >= lx->len)
        return;
    diag(lx->diags, lexer_span(lx, bad, bad + 1), W0108, (unsigned char)lx->chars[bad]);
    lx->diags = diags_create(lx->arena, sources_create(lx->arena));
}

Tokens lex(Arena *arena, Interner *names, Diags *diags, const SourceFile *file) {
    Lexer *lx = arena_new(arena, Lexer);
    *lx = (Lexer){.arena = arena, .names = names, .diags = diags, .file = file,
                  .chars = file->chars, .len = file->len, .buffer.arena = arena};
    lx->tokens.cap = file->len / 3 + 64; /* most programs have a token every 4 bytes or so */
    lx->tokens.items = arena_array(arena, Token, lx->tokens.cap);
    Indent margin = {0, 0};
    vec_push(arena, &lx->indents, margin);
    make_tables(lx);
    check_encoding(lx);
    if (!strncmp(lx->chars, "\xef\xbb\xbf", 3))
        lx->at = 3;
    while (start_statement(lx))
        while (lexer_step(lx)) {
        }
    for (; lx->indents.len > 1; lx->indents.len--)
        lexer_push(lx, TOKEN_DEDENT, lx->len, lx->len, NULL);
    lexer_push(lx, TOKEN_END, lx->len, lx->len, NULL);
    return (Tokens){lx->tokens.items, lx->tokens.len};
}
