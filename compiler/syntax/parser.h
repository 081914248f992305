/* What the files of the parser share. Nobody else includes this.
 *
 * Recovery. One statement has one message: the first error in it moves to the NEWLINE that ends the
 * statement and sets `panicking`; from there every loop ends and every expectation fails in silence,
 * until the NEWLINE is taken. A mistake after which the parser knows what was meant is reported through
 * `soft_sink` instead, and parsing goes on as if the right thing stood there. */
#ifndef WEFT_SYNTAX_PARSER_H
#define WEFT_SYNTAX_PARSER_H

#include "base/map.h"
#include "base/vec.h"
#include "syntax/lexer.h"
#include "syntax/parse.h"

enum {
    DEPTH_LIMIT = 500,   /* blocks in blocks; brackets in brackets, and what else recurses */
    CHAIN_LIMIT = 50000, /* operators or calls in a row: consumers recurse on the left */
};

typedef struct Parser {
    Arena *arena; /* nodes */
    Arena *scratch;
    Interner *names;
    Diags *diags, *mute; /* mute takes what is said while panicking */
    const SourceFile *file;
    const Token *tok; /* the one looked at */
    uint32_t last_end; /* of the token before */
    VEC(Node *) pending; /* items of the lists being parsed */
    bool panicking;
    bool said_line;    /* this line's indentation was reported, which is enough */
    bool failed;       /* the statement before had an error: what is indented under it is no news */
    bool in_decorator; /* lists may stand here */
    bool lost;         /* a line that is no member of a struct was reported: those under it are no news */
    uint32_t block_depth, expr_depth;
    Map said_words;    /* words that were met as names and can't be: told once each */
    Name self, print, c, inf, nan, switch_, foreach, template_;
} Parser;

typedef enum Level { /* of binary operators, loosest first */
    LEVEL_NONE, LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_BIT_OR, LEVEL_BIT_XOR,
    LEVEL_BIT_AND, LEVEL_SHIFT, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_POWER,
} Level;

/* parser.c: tokens, errors, lists */
void advance(Parser *p);
bool accept(Parser *p, TokenKind kind);
bool expect(Parser *p, TokenKind kind); /* W0116 when it is something else */
Name expect_name(Parser *p, Span *span); /* "" after an error */
static inline bool token_is(const Parser *p, TokenKind kind) {
    return p->tok->kind == kind;
}

static inline const Token *next_token(const Parser *p) {
    return p->tok->kind == TOKEN_END ? p->tok : p->tok + 1;
}

static inline Span token_span(const Parser *p) {
    return (Span){p->file->id, p->tok->start, p->tok->end};
}

Span span_from(const Parser *p, uint32_t start); /* to the end of the token before */
const char *shown_token(Parser *p);
Diags *error_sink(Parser *p); /* and give up the statement */
Diags *soft_sink(Parser *p);
void give_up(Parser *p);
void report_unexpected(Parser *p, const char *expected);
Diags *word_sink(Parser *p, Name word); /* soft_sink for a reserved word or keyword in a name's place */
Node *new_node(Parser *p, NodeKind kind, uint32_t start);
Node *finish(Parser *p, Node *node); /* it ends with the token before */
Node *error_node(Parser *p);
NodeList take_list(Parser *p, uint32_t mark); /* of pending, from `mark` */
bool enter(Parser *p, const char *what); /* one level deeper; false, and an error, at the limit */
void leave(Parser *p);

/* parse_expr.c */
Node *parse_expr(Parser *p);
Node *parse_exprs(Parser *p);  /* a bare tuple when there is a comma */
Node *parse_place(Parser *p);  /* as in `for`: nothing looser than | */
NodeList parse_call_args(Parser *p); /* after the `(`, takes the `)` */
bool starts_expression(TokenKind kind);

/* parse_type.c */
Node *parse_type(Parser *p);
NodeList parse_params(Parser *p); /* at the `[` */
NodeList parse_args(Parser *p);   /* at the `(` */

/* literals.c */
Node *parse_int(Parser *p);
Node *parse_float(Parser *p);
Node *parse_strings(Parser *p); /* one or more side by side */

/* parse_stmt.c */
void parse_statement(Parser *p); /* pushes what it made to pending: one node, none or several */
void end_statement(Parser *p);   /* takes the NEWLINE */
NodeList parse_suite(Parser *p, const char *owner, Name *docstring); /* after the colon */
NodeList parse_block(Parser *p, const char *owner, void (*parse)(Parser *), Name *docstring);
void expect_colon(Parser *p, const char *owner);
void skip_block(Parser *p); /* to the NEWLINE, and what is indented under it */
bool skip_spoiled(Parser *p); /* a statement that the lexer found wrong */
Node *parse_import(Parser *p);
Node *parse_comptime(Parser *p);
bool take_indented(Parser *p, void (*parse)(Parser *)); /* an INDENT that nothing asked for */

/* parse_module.c */
void parse_declaration(Parser *p, bool structs_allowed); /* @, def, struct */
Name parse_docstring(Parser *p);

/* habits.c: what people write who come from elsewhere. At the start of a statement. */
bool meet_habit(Parser *p); /* true: reported, and given up */
bool is_c_declaration(const Parser *p); /* `float x` */
Node *parse_c_declaration(Parser *p, Name *name, Span *name_span); /* the type */
bool is_else_if_word(const Parser *p);
bool is_mode_word(const Parser *p); /* `inout x`, `owned x` */
bool mode_word_changes(const Parser *p); /* of these, the ones that mean `mut` */

#endif
