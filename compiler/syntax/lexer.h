/* Text to tokens. The lexer knows layout (lines, indentation, brackets that join lines) and all that
 * is inside a literal; what it finds wrong it reports, and it goes on so that the parser has nothing
 * to add: a mistake is one message.
 *
 * Always true of what `lex` gives: it ends with NEWLINE (but for an empty file) and END; INDENT and
 * DEDENT pair up; in a statement that is not broken and has no ERROR brackets pair up, and an f-string
 * is FSTRING_BEGIN, then TEXT OPEN expression [FORMAT] CLOSE any number of times, TEXT, FSTRING_END. */
#ifndef WEFT_SYNTAX_LEXER_H
#define WEFT_SYNTAX_LEXER_H

#include "base/diag.h"
#include "syntax/ast.h"

typedef enum TokenKind {
#define TOKEN(code, shown) TOKEN_##code,
#define PUNCTUATION(code, text) TOKEN_##code,
#define KEYWORD(code, text) TOKEN_##code,
#define RESERVED(code, text, advice, fix) TOKEN_##code,
#include "syntax/tokens.def"
    TOKEN_KIND_COUNT
} TokenKind;

typedef struct Token {
    uint32_t start, end; /* bytes of the file */
    uint8_t kind;
    bool broken; /* it was reported; of the first token of a statement, the statement was; of an
                    INDENT, there was a tab before */
    Name name;   /* NAME, keywords: the word; STRING, FSTRING_TEXT, FSTRING_FORMAT: the contents */
} Token;

typedef struct Tokens {
    Token *items;
    uint32_t len;
} Tokens;

/* Tokens live in `arena`, names in `names`. */
Tokens lex(Arena *arena, Interner *names, Diags *diags, const SourceFile *file);

const char *token_kind_name(TokenKind kind);  /* "DOUBLE_STAR" */
const char *token_kind_shown(TokenKind kind); /* "`**`", "a name": for messages */

typedef struct ReservedWord {
    const char *text, *advice, *fix;
} ReservedWord;

/* NULL where `kind` is not a reserved word. */
const ReservedWord *token_reserved(TokenKind kind);

#endif
