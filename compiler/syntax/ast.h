/* The syntax tree. One node type, a kind, a span, and the fields of that kind.
 *
 * Always true: the parser gives a tree for any text, with NODE_ERROR where it could make nothing of
 * it (an error was reported there, so whoever meets one goes on with poison). Nodes are never changed
 * after parsing; what is learned about them is kept elsewhere, because one function may be checked for
 * many parameter lists. Parentheses leave no node (a span does not tell them); a tuple does. Lists are
 * arrays with a count. A node lives as long as its file's arena. */
#ifndef WEFT_SYNTAX_AST_H
#define WEFT_SYNTAX_AST_H

#include "base/source.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Node Node;

typedef struct NodeList {
    Node **items;
    uint32_t len;
} NodeList;

typedef enum NodeKind {
    /* expressions */
    NODE_ERROR,
    NODE_INT,         /* .integer */
    NODE_FLOAT,       /* .real: also inf and nan */
    NODE_STRING,      /* .string: joined, escapes resolved */
    NODE_FSTRING,     /* .fstring */
    NODE_BOOL,        /* .boolean */
    NODE_NONE_VALUE,  /* None */
    NODE_NAME,        /* .name */
    NODE_TUPLE,       /* .list: (a, b), (a,), () and the bare a, b of return, assignment */
    NODE_LIST,        /* .list: [a, b], only in a decorator */
    NODE_UNARY,       /* .unary: - + ~ not */
    NODE_BINARY,      /* .binary: arithmetic, bitwise, shifts, **, @, and, or */
    NODE_COMPARE,     /* .compare: a < b <= c */
    NODE_CONDITIONAL, /* .conditional: a if c else b */
    NODE_LAMBDA,      /* .lambda */
    NODE_CALL,        /* .call */
    NODE_INDEX,       /* .index: x[i, a:b, layout=strided], also parameters: f[f32], SIMD[f32, 8] */
    NODE_ATTRIBUTE,   /* .attribute: x.shape */
    NODE_SLICE,       /* .slice: a:b or a:b:c, an item of NODE_INDEX only */
    NODE_KEYWORD,     /* .keyword: name=value, an argument of NODE_CALL, an item of NODE_INDEX */
    NODE_FUNC_TYPE,   /* .func_type: def(f32) -> f32 */

    /* statements */
    NODE_ASSIGN,          /* .assign */
    NODE_AUGMENTED,       /* .augmented: place op= value */
    NODE_EXPR_STMT,       /* .expr */
    NODE_RETURN,          /* .expr: NULL when bare */
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_PASS,
    NODE_ASSERT,          /* .assertion; also comptime assert, with .comptime set */
    NODE_IF,              /* .if_: also comptime if */
    NODE_WHILE,           /* .while_ */
    NODE_FOR,             /* .for_: also comptime for */
    NODE_COMPTIME_ASSIGN, /* .comptime_assign: comptime NAME = expr */
    NODE_IMPORT,          /* .import */

    /* declarations */
    NODE_FUNC,      /* .func: at module, struct or function level */
    NODE_STRUCT,    /* .struct_ */
    NODE_FIELD,     /* .field */
    NODE_PARAM,     /* .param: in [...] */
    NODE_ARG,       /* .arg: in (...) */
    NODE_DECORATOR, /* .decorator */
    NODE_MODULE,    /* .module */
    NODE_KIND_COUNT
} NodeKind;

typedef enum Operator {
#define OPERATOR(code, text, dunder, reflected) OPERATOR_##code,
#include "syntax/operators.def"
#undef OPERATOR
    OPERATOR_COUNT
} Operator;

const char *operator_text(Operator op);      /* "+" */
const char *operator_dunder(Operator op);    /* "__add__", NULL where there is none */
const char *operator_reflected(Operator op); /* "__radd__", NULL where there is none */
const char *node_kind_name(NodeKind kind);

typedef enum ArgMode { ARG_READ, ARG_MUT, ARG_OUT } ArgMode;

typedef struct FStringPart {
    Name text;   /* the literal text before the value, braces resolved; may be "" */
    Node *value; /* NULL in the last part */
    Name format; /* what stands after the colon; NULL where there is none */
} FStringPart;

struct Node {
    NodeKind kind;
    bool comptime;      /* on NODE_IF, NODE_FOR, NODE_ASSERT */
    bool parenthesised; /* (a, b) against a, b; (x) against x */
    Span span;
    union {
        struct { unsigned __int128 value; bool too_large; Name text; } integer; /* text: as written */
        struct { double value; Name text; } real;
        Name string;
        struct { FStringPart *parts; uint32_t len; } fstring;
        bool boolean;
        Name name;
        NodeList list;
        struct { Operator op; Node *operand; } unary;
        struct { Operator op; Span op_span; Node *left, *right; } binary;
        struct { Node **operands; Operator *ops; uint32_t len; } compare; /* len operands, len - 1 ops */
        struct { Node *condition, *if_true, *if_false; } conditional;
        struct { Name *names; Span *name_spans; uint32_t len; Node *body; } lambda;
        struct { Node *callee; NodeList args; } call;   /* positional and NODE_KEYWORD, in order */
        struct { Node *base; NodeList items; } index;   /* expressions, NODE_SLICE, NODE_KEYWORD */
        struct { Node *base; Name name; Span name_span; } attribute;
        struct { Node *start, *stop, *step; } slice;    /* each may be NULL; a step is an error later */
        struct { Name name; Span name_span; Node *value; } keyword;
        struct { NodeList args; Node *result; } func_type;

        struct { bool var; NodeList targets; Node *type, *value; } assign; /* one target, or several unpacked */
        struct { Operator op; Span op_span; Node *target, *value; } augmented;
        Node *expr;
        struct { Node *condition, *message; } assertion;
        struct { Node *condition; NodeList then, otherwise; } if_; /* elif: an NODE_IF alone in otherwise */
        struct { Node *condition; NodeList body; } while_;
        struct { NodeList targets; Node *iterable; NodeList body; } for_;
        struct { Name name; Span name_span; Node *value; } comptime_assign;
        struct {
            bool c_header;     /* import c "x.h" as y */
            Name module;       /* "std.math"; the header's path */
            Name as;           /* import m as x; NULL */
            bool everything;   /* from m import * */
            bool from;         /* from m import ... */
            Name *names, *renamed; /* renamed[i] is names[i] where there is no `as` */
            Span *name_spans;
            uint32_t len;
            Span module_span;
        } import;

        struct {
            Name name;
            Span name_span;
            NodeList decorators, params, args;
            Node *result;  /* NULL: nothing */
            NodeList where;
            NodeList body; /* statements; the docstring is not among them */
            Name docstring;
            Span header;   /* from `def` to the colon */
            bool failed;   /* the header had an error, and may say anything */
        } func;
        struct {
            Name name;
            Span name_span;
            NodeList decorators, params;
            NodeList members; /* NODE_FIELD, NODE_FUNC, comptime statements, in order */
            Name docstring;
        } struct_;
        struct { Name name; Span name_span; Node *type, *default_value; } field;
        struct { Name name; Span name_span; Node *kind, *default_value; } param;
        struct { ArgMode mode; Name name; Span name_span; Node *type, *default_value; } arg;
        struct { Name name; Span name_span; bool called, failed; NodeList args; } decorator; /* dotted name */
        struct { Name docstring; NodeList items; } module;
    };
};

/* Prints the tree, one node a line, for --emit ast. */
void ast_print(Text *out, const Node *node);

#endif
