/* Rewrite rules: data, a matcher, and the driver that runs them to a fixed point.
 *
 *     x + 0 -> x       {P(ARITH_ADD, X, ZERO), X, is_integer},       -0.0 + 0.0 is 0.0
 *
 * A rule is a pattern, a replacement and a guard. What every rule keeps to:
 *   - both sides give the same bits for all operands that the guard lets through (the bits of a NaN
 *     don't count); tests/unit/test_rules.c tries each rule on all 8-bit integers and on the f16
 *     values that matter;
 *   - the replacement has fewer or cheaper ops, so the rules come to an end;
 *   - constants stand on the right of an op that commutes: the driver puts them there, and tries a
 *     pattern of such an op in both orders.
 * A guard sees types and constants only, never values: so the test can ask it. */
#ifndef WEFT_IR_REWRITE_H
#define WEFT_IR_REWRITE_H

#include "ir/builder.h"
#include "ir/eval.h"

typedef enum TermKind {
    TERM_VALUE, /* X Y Z: anything; the same letter is the same value */
    TERM_CONST, /* J K: a constant, of vectors the same in each lane */
    TERM_FIXED, /* the constant that `fixed` says */
    TERM_LOG2,  /* in a replacement: the exponent of K, a power of two */
    TERM_OP,
} TermKind;

typedef enum FixedConst {
    FIXED_ZERO,
    FIXED_MINUS_ZERO,
    FIXED_ONE,
    FIXED_MINUS_ONE,
    FIXED_LEAST,
    FIXED_MOST
} FixedConst;

enum { TERM_VALUES = 3, TERM_CONSTS = 2 };

typedef struct Term Term;
struct Term {
    TermKind kind;
    uint32_t index; /* of a value or constant */
    FixedConst fixed;
    Opcode code;
    Predicate predicate; /* of arith.cmp */
    const Term *in[3];
};

#define P(opcode, ...) (&(const Term){.kind = TERM_OP, .code = OP_##opcode, .in = {__VA_ARGS__}})
#define CMP(p, a, b)                                                                               \
    (&(const Term){.kind = TERM_OP, .code = OP_ARITH_CMP, .predicate = PREDICATE_##p, .in = {a, b}})
#define VALUE_TERM(i) (&(const Term){.kind = TERM_VALUE, .index = i})
#define CONST_TERM(i) (&(const Term){.kind = TERM_CONST, .index = i})
#define FIXED_TERM(which) (&(const Term){.kind = TERM_FIXED, .fixed = FIXED_##which})
#define X VALUE_TERM(0)
#define Y VALUE_TERM(1)
#define Z VALUE_TERM(2)
#define J CONST_TERM(0)
#define K CONST_TERM(1)
#define ZERO FIXED_TERM(ZERO)           /* of floats +0.0; of bools false */
#define MINUS_ZERO FIXED_TERM(MINUS_ZERO)
#define ONE FIXED_TERM(ONE)
#define MINUS_ONE FIXED_TERM(MINUS_ONE) /* of unsigned integers all bits set; of bools true */
#define LEAST FIXED_TERM(LEAST)
#define MOST FIXED_TERM(MOST)
#define LOG2_K (&(const Term){.kind = TERM_LOG2, .index = 1})

/* What a guard may look at. Types are scalars: of a vector its element. */
typedef struct Guard {
    const Type *type;   /* of the pattern's first operand */
    const Type *result; /* of the pattern; of a select it may be no scalar */
    const Type *from, *middle; /* of conversions of conversions: of X, and between */
    uint64_t constants[TERM_CONSTS]; /* the bits of J and K */
} Guard;

typedef struct Rule {
    const Term *pattern, *replacement;
    bool (*when)(const Guard *guard); /* NULL: always */
} Rule;

/* What types the letters of a table's patterns have: the test makes its operands by this. */
typedef enum RuleShape {
    RULES_OF_ONE_TYPE, /* all operands, X Y Z J K, have one type */
    RULES_OF_SELECT,   /* X is a condition, the others have one type */
    RULES_OF_BOOLS,
    RULES_OF_CONVERT,  /* convert(convert(X)): three types, perhaps */
} RuleShape;

typedef struct RuleTable {
    const char *name;
    RuleShape shape;
    const Rule *rules;
    uint32_t count;
} RuleTable;

/* The bits of a fixed constant; false when the type has none (-0.0 of an integer). */
bool fixed_bits(FixedConst fixed, const Type *scalar, uint64_t *bits);

/* A rewrite by hand, where attributes say what is to be done: gives what takes the place of the
 * op's one result, or NULL. It may build ops before the op, and changes nothing else. */
typedef Value *(*RewriteFn)(Builder *b, Op *op);

typedef struct HandRule {
    Opcode code;
    RewriteFn rewrite;
} HandRule;

/* Rewrites that change structure: true when it changed or erased the op. It tells the driver which
 * ops are worth another look. */
typedef struct Rewriter Rewriter;
typedef bool (*RestructureFn)(Rewriter *r, Op *op);

typedef struct RewriteRules {
    const RuleTable *const *tables; /* NULL-terminated */
    const HandRule *const *hand;    /* lists that end with a NULL function; NULL-terminated */
    RestructureFn restructure;      /* for ops with regions; may be NULL */
} RewriteRules;

/* Folds and rewrites until nothing changes; drops what becomes unused on the way. */
bool rewrite_func(Arena *scratch, Func *func, const RewriteRules *rules);
void rewriter_look_at(Rewriter *r, Op *op);               /* again */
void rewriter_replace(Rewriter *r, Value *value, Value *by); /* and look at the users */

#endif
