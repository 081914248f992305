/* What the files of the lexer share. Nobody else includes this. */
#ifndef WEFT_SYNTAX_LEXER_STATE_H
#define WEFT_SYNTAX_LEXER_STATE_H

#include "base/vec.h"
#include "syntax/lexer.h"

typedef struct Bracket {
    uint32_t token; /* its index */
    char closer;
    bool fstring;   /* the `{` of an f-string */
} Bracket;

/* `also` is a wrong column that a line of this block had: it was reported, and is accepted since. */
typedef struct Indent {
    uint32_t column, also;
} Indent;

enum { KEYWORD_SLOTS = 128, LONGEST_KEYWORD = 8 };

typedef struct KeywordSlot {
    Name name;
    uint8_t kind;
} KeywordSlot;

/* Punctuation by its first character c: "c", "c=", "cc", "cc=". */
typedef struct PunctuationTable {
    uint8_t one[128], equal[128], doubled[128], doubled_equal[128];
} PunctuationTable;

/* Where lexing goes on when the brackets open now turn out never to be closed: at the first line
 * inside them that is indented no deeper than the statement. */
typedef struct Resume {
    bool known;
    uint32_t at, token; /* the start of that line; how many tokens come before it */
} Resume;

typedef struct Lexer {
    Arena *arena;
    Interner *names;
    Diags *diags;
    const SourceFile *file;
    const char *chars; /* ends with a NUL that is not text */
    uint32_t len, at;
    VEC(Token) tokens;
    VEC(Bracket) brackets;
    VEC(Indent) indents;
    uint32_t statement_column, statement_token; /* of its first token */
    uint32_t line_token; /* how many tokens came before this line inside brackets */
    uint32_t line_start;
    uint32_t fstring_depth;
    uint32_t rewinds;
    Resume resume;
    bool said_tab;       /* once a file */
    bool said_character; /* once a statement */
    bool spoiled;        /* the statement at hand has a layout that was reported */
    Text buffer;         /* the contents of the string at hand */
    KeywordSlot keywords[KEYWORD_SLOTS];
    PunctuationTable punctuation;
} Lexer;

static inline Span lexer_span(const Lexer *lx, uint32_t start, uint32_t end) {
    return (Span){lx->file->id, start, end};
}

static inline void lexer_push(Lexer *lx, TokenKind kind, uint32_t start, uint32_t end, Name name) {
    Token token = {.start = start, .end = end, .kind = (uint8_t)kind, .name = name};
    vec_push(lx->arena, &lx->tokens, token);
}

/* lexer.c: one token, or the space before it; false at the end of the statement's last line. */
bool lexer_step(Lexer *lx);
void lexer_open(Lexer *lx, TokenKind kind, char closer, bool fstring);
/* Gives up the statement: an ERROR, and no bracket is open any more. */
void lexer_give_up(Lexer *lx);

/* lex_string.c: at the opening quote; `start` is where the prefix began. */
void lex_string(Lexer *lx, uint32_t start);
/* lex_number.c: at a digit, or a dot before one. */
void lex_number(Lexer *lx);

#endif
