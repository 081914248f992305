/* What the arithmetic ops compute, on constants: the one C reading of the `computes` column, used
 * by the folder, the interpreter and the tests of the rewrite rules.
 *
 * A scalar is 64 bits: integers sign- or zero-extended by their type, floats as their own bits in
 * the low end, bool 0 or 1. */
#ifndef WEFT_IR_EVAL_H
#define WEFT_IR_EVAL_H

#include "ir/op.h"

typedef union Scalar {
    uint64_t bits;
    int64_t i;
    double f64;
    float f32;
} Scalar;

/* op(code) of one to three scalars of `type` (operand 0's scalar type); `result_type` differs for
 * compares and conversions; `predicate` is for arith.cmp. False when the op is not arithmetic. */
bool eval_scalar(Opcode code, const Type *type, const Type *result_type, const char *predicate,
                 const Scalar *operands, Scalar *result);
/* The predicates of arith.cmp, for those that compare often. */
typedef enum Predicate {
    PREDICATE_EQ,
    PREDICATE_NE,
    PREDICATE_LT,
    PREDICATE_LE,
    PREDICATE_GT,
    PREDICATE_GE,
    PREDICATE_COUNT
} Predicate;
bool eval_predicate(const char *text, Predicate *predicate); /* "lt"; false when it is none */
bool eval_compare(Predicate predicate, const Type *type, uint64_t a, uint64_t b);

/* The op that a {kind} combines with: "add" and "sum" give arith.add, "all" arith.and; false for
 * "exchange", "ballot" and whatever else is no binary op. */
bool eval_kind(const char *kind, Opcode *code);

/* arith.convert by the contract: toward zero and saturating from floats, NaN to 0, nearest-even to
 * floats, low bits between integers. Exact for every pair of types, f16, bf16 and f8 included. */
uint64_t eval_convert(const Type *from, const Type *to, uint64_t bits);
double eval_to_double(const Type *type, uint64_t bits);   /* of a float type: exact */
uint64_t eval_from_double(const Type *type, double value);/* rounded once, to nearest even */

#endif
