/* What the verifier's files share. A check is a sentence that must hold of the op (or the function)
 * that is looked at; the first that does not is the message. */
#ifndef WEFT_IR_VERIFY_INTERNAL_H
#define WEFT_IR_VERIFY_INTERNAL_H

#include "ir/func.h"

typedef struct Verifier {
    Arena *arena; /* of the verification */
    Text *message;
    Span *where; /* may be NULL */
    Module *module;
    Func *func;
    const Op *op; /* NULL while the function itself is looked at */
    Map visible;  /* values that may be used here */
    const Op *loop;        /* the innermost loop around here, with ifs between at most; NULL: none */
    const Op *threads;     /* the kernel.threads around here; NULL: none */
} Verifier;

/* Writes the message; false. */
bool verify_fail(Verifier *v, const char *sentence);

#define CHECK(v, condition, sentence)                                                              \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return verify_fail((v), (sentence));                                                   \
    } while (0)

/* The operand's and the result's type. */
static inline const Type *type_of(const Op *op, uint32_t i) {
    return op->operands[i].value->type;
}
static inline const Type *result_of(const Op *op) {
    return op->results[0].type;
}

bool are_i64(const Op *op, uint32_t first, uint32_t count);

bool verify_type(Verifier *v, const Type *type);   /* it is a type of values at this level */
bool verify_attrs(Verifier *v, const Op *op);      /* verify_attrs.c */
bool verify_value_op(Verifier *v, const Op *op);   /* verify_values.c: arith math vec agg */
bool verify_memory_op(Verifier *v, const Op *op);  /* verify_memory.c */
bool verify_control_op(Verifier *v, const Op *op); /* verify_control.c: func, loop, kernel, host */
bool verify_func_signature(Verifier *v, const Func *func); /* verify_func.c */

#endif
