/* What the files of the IR's parser share: the scanner, and who reads what.
 *
 * Reading stops at the first error of a function's body (`failed`), goes on with the next function,
 * and never trusts a number, a depth or a name in the text. */
#ifndef WEFT_IR_PARSE_INTERNAL_H
#define WEFT_IR_PARSE_INTERNAL_H

#include "base/diag.h"
#include "ir/func.h"

enum { MAX_DEPTH = 100 }; /* of regions, and of types and lists in each other */

/* A name that a scope hid, to be put back at its end. */
typedef struct Hidden {
    Name name;
    Value *before; /* NULL: it had no meaning */
} Hidden;

typedef struct Parser {
    Arena *arena;
    Types *types;
    Interner *names;
    Diags *diags;
    const SourceFile *file;
    Module *module;
    uint32_t at; /* the next byte */
    uint32_t depth;
    bool failed;
    Map structs; /* from Name to const Type * */
    Map values;  /* of the function that is being read: from Name to Value * */
    VEC(Hidden) hidden;
} Parser;

/* --- parse_scan.c --- */
Span scan_span_from(const Parser *p, uint32_t start); /* from there to the last byte read */
void skip_space(Parser *p);                           /* and comments */
char peek_char(Parser *p);                            /* after space; 0 at the end */
bool take_char(Parser *p, char c);                    /* after space */
bool expect_char(Parser *p, char c);
bool peek_word(Parser *p, const char *word);
bool take_word(Parser *p, const char *word);
Name read_word(Parser *p); /* NULL when there is none; no error */
bool read_string(Parser *p, Name *string);
Name read_symbol(Parser *p, char sigil); /* @name, !name, %name, or quoted; NULL after an error */
bool read_number(Parser *p, unsigned __int128 *value); /* decimal digits, under 2^127 */
bool read_count(Parser *p, uint32_t limit, uint32_t *value);
bool scan_enter(Parser *p); /* false, and an error, when too deep */
void scan_leave(Parser *p);
/* The error that the text is not what is wanted; false. */
bool expected(Parser *p, const char *what);
#define parse_error(p, span, code, ...)                                                            \
    ((p)->failed = true, diag((p)->diags, span, code, __VA_ARGS__))

/* --- parse_attr.c --- */
const Type *read_type(Parser *p);
const Attr *read_attr(Parser *p);
const Attr *read_typed_attr(Parser *p, const Type *type);
const Attr *read_const(Parser *p, const Type **type); /* "1.5 : f32": a value and its type */

/* --- parse_op.c --- */
void define_value(Parser *p, Name name, Value *value, Span span);
Name value_hint(Parser *p, Name name);
bool read_typed_values(Parser *p, Block *block); /* (%a: f32, ...): adds the arguments */
bool read_ops(Parser *p, Block *block);          /* up to the closing brace, which it takes */

#endif
