/* Views and pointers: what is known of a view from how it was made. */
#include "passes/rules/rules.h"

static uint32_t dim_of(const Op *op) {
    return (uint32_t)op_attr(op, ATTR_KEY_DIM)->bits;
}

/* The operand of mem.view that is the extent of a dynamic dim. */
static Value *extent_operand(const Op *view, uint32_t dim) {
    const Type *type = op_result(view, 0)->type;
    uint32_t operand = 1;
    for (uint32_t i = 0; i < dim; i++)
        operand += type->extents[i] == EXTENT_DYNAMIC;
    return op_operand(view, operand);
}

static Value *extent_of_made(Builder *b, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    uint32_t dim = dim_of(op);
    Op *view = value_op(op_operand(op, 0));
    if (type->extents[dim] != EXTENT_DYNAMIC)
        return build_i64(b, type->extents[dim]);
    if (!view)
        return NULL;
    switch (view->code) {
    case OP_MEM_VIEW:      return extent_operand(view, dim);
    case OP_MEM_SUBVIEW:   return op_operand(view, 1 + op_operand(view, 0)->type->rank + dim);
    case OP_MEM_RESHAPE:   return op_operand(view, 1 + dim);
    case OP_MEM_TRANSPOSE: return build_extent(b, op_operand(view, 0), type->rank - 1 - dim);
    default:               return NULL;
    }
}

static Value *stride_of_made(Builder *b, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    uint32_t dim = dim_of(op);
    Op *view = value_op(op_operand(op, 0));
    if (!view)
        return NULL;
    switch (view->code) {
    case OP_MEM_VIEW:
        return type->layout == LAYOUT_STRIDED
                   ? op_operand(view, view->operand_count - type->rank + dim)
                   : NULL;
    case OP_MEM_SUBVIEW:
        return build_stride(b, op_operand(view, 0),
                            (uint32_t)op_attr(view, ATTR_KEY_DIMS)->items[dim]->bits);
    case OP_MEM_TRANSPOSE: return build_stride(b, op_operand(view, 0), type->rank - 1 - dim);
    default:               return NULL;
    }
}

/* The base of what starts where its origin does. */
static Value *ptr_of_made(Builder *b, Op *op) {
    Op *view = value_op(op_operand(op, 0));
    if (!view)
        return NULL;
    if (view->code == OP_MEM_VIEW)
        return op_operand(view, 0)->type == op_result(op, 0)->type ? op_operand(view, 0) : NULL;
    if (view->code == OP_MEM_TRANSPOSE || view->code == OP_MEM_RESHAPE)
        return build_typed(b, OP_MEM_PTR, op_result(op, 0)->type, &(Value *){op_operand(view, 0)},
                           1);
    return NULL;
}

static Value *transpose_of_transpose(Builder *b, Op *op) {
    Op *view = value_op(op_operand(op, 0));
    bool back = view && view->code == OP_MEM_TRANSPOSE &&
                op_operand(view, 0)->type == op_result(op, 0)->type;
    return back ? op_operand(view, 0) : NULL;
}

static bool is_zero(const Value *value) {
    const Attr *constant = value_constant(value);
    return constant && constant->kind == ATTR_INT && constant->bits == 0;
}

static Value *offset_of_offset(Builder *b, Op *op) {
    Op *inner = value_op(op_operand(op, 0));
    if (is_zero(op_operand(op, 1)))
        return op_operand(op, 0);
    if (!inner || inner->code != OP_MEM_PTR_OFFSET)
        return NULL;
    return build2(b, OP_MEM_PTR_OFFSET, op_operand(inner, 0),
                  build2(b, OP_ARITH_ADD, op_operand(inner, 1), op_operand(op, 1)));
}

static Value *cast_of_cast(Builder *b, Op *op) {
    Value *from = op_operand(op, 0);
    if (from->type == op_result(op, 0)->type)
        return from;
    Op *inner = value_op(from);
    if (!inner || inner->code != OP_MEM_PTR_CAST)
        return NULL;
    Value *first = op_operand(inner, 0);
    return first->type == op_result(op, 0)->type
               ? first
               : build_typed(b, OP_MEM_PTR_CAST, op_result(op, 0)->type, &first, 1);
}

const HandRule mem_hand_rules[] = {
    {OP_MEM_EXTENT, extent_of_made},
    {OP_MEM_STRIDE, stride_of_made},
    {OP_MEM_PTR, ptr_of_made},
    {OP_MEM_TRANSPOSE, transpose_of_transpose},
    {OP_MEM_PTR_OFFSET, offset_of_offset},
    {OP_MEM_PTR_CAST, cast_of_cast},
    {0, NULL},
};
