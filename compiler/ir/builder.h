/* The builder: an insertion point and a call for each op. Pure ops fold while they are built: two
 * constants in, a constant out (fold.c); no other rewriting happens here. */
#ifndef WEFT_IR_BUILDER_H
#define WEFT_IR_BUILDER_H

#include "ir/func.h"

typedef struct Builder {
    Module *module;
    Block *block;  /* where ops are put */
    Op *before;    /* before this op; NULL: at the end */
    Span span;     /* of the ops that are made */
} Builder;

Builder builder_at_end(Module *module, Block *block);
Builder builder_before(Op *op);
Builder builder_after(Op *op);

/* Any op. */
Op *build_op(Builder *b, Opcode code, Value *const *operands, uint32_t operand_count,
             const Type *const *result_types, uint32_t result_count, uint32_t region_count);
/* An op with one result whose type follows from its row (RESULT_SAME, RESULT_BOOL, RESULT_I64); folds. */
Value *build1(Builder *b, Opcode code, Value *a);
Value *build2(Builder *b, Opcode code, Value *a, Value *c);
Value *build3(Builder *b, Opcode code, Value *a, Value *c, Value *d);
/* The same for RESULT_ANY. */
Value *build_typed(Builder *b, Opcode code, const Type *type, Value *const *operands, uint32_t count);
/* The same with an attribute (vec.reduce's {kind}, agg.table's {value}), which the folder then sees. */
Value *build_typed_attr(Builder *b, Opcode code, const Type *type, Value *const *operands, uint32_t count,
                        AttrKey key, const Attr *attr);

Value *build_const(Builder *b, const Attr *attr);               /* int, float, bool, vector, tuple, struct (ATTR_LIST) */
Value *build_i64(Builder *b, int64_t value);
Value *build_bool(Builder *b, bool value);
Value *build_zero(Builder *b, const Type *type);                /* of any value type */
Value *build_undef(Builder *b, const Type *type);
Value *build_cmp(Builder *b, const char *predicate, Value *a, Value *c); /* "eq" "ne" "lt" "le" "gt" "ge" */
Value *build_convert(Builder *b, Value *value, const Type *to); /* arith.convert; `value` itself when it has the type */
Value *build_agg_get(Builder *b, Value *aggregate, uint32_t field);
Value *build_agg_set(Builder *b, Value *aggregate, uint32_t field, Value *value);
Value *build_load(Builder *b, Value *view, Value *const *indices, uint32_t count, const Type *type);
void build_store(Builder *b, Value *view, Value *const *indices, uint32_t count, Value *value);
Value *build_extent(Builder *b, Value *view, uint32_t dim);     /* a constant where the type says so */
Value *build_stride(Builder *b, Value *view, uint32_t dim);
Op *build_call(Builder *b, Func *callee, Value *const *operands, uint32_t count); /* operands: dims, then arguments */
Op *build_yield(Builder *b, Value *const *values, uint32_t count);

#endif
