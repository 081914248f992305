/* The builder. `build_folded` is where every op with one result comes from: it asks the folder
 * first when all operands are constants, and never rewrites otherwise. */
#include "ir/builder.h"

#include "base/diag.h"
#include "ir/fold.h"

Builder builder_at_end(Module *module, Block *block) {
    return (Builder){.module = module, .block = block};
}

Builder builder_before(Op *op) {
    return (Builder){.module = op->module, .block = op->block, .before = op, .span = op->span};
}

Builder builder_after(Op *op) {
    return (Builder){
        .module = op->module, .block = op->block, .before = op->next, .span = op->span};
}

Op *build_op(Builder *b, Opcode code, Value *const *operands, uint32_t operand_count,
             const Type *const *result_types, uint32_t result_count, uint32_t region_count) {
    Op *op = op_create(b->module, code, b->span, operands, operand_count, result_types,
                       result_count, region_count);
    if (b->before)
        op_insert_before(op, b->before);
    else
        op_append(b->block, op);
    return op;
}

enum { FOLD_MAX = MAX_LANES };

static const Attr *fold(Builder *b, Opcode code, const Type *type, Value *const *operands,
                        uint32_t count, const AttrEntry *attrs, uint32_t attr_count) {
    const Attr *constants[FOLD_MAX];
    if (!(op_info[code].traits & PURE) || count == 0 || count > FOLD_MAX)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        constants[i] = value_constant(operands[i]);
        if (!constants[i])
            return NULL;
    }
    return fold_op(b->module->types, code, attrs, attr_count, type, constants, count);
}

static Value *build_folded(Builder *b, Opcode code, const Type *type, Value *const *operands,
                           uint32_t count, const AttrEntry *attrs, uint32_t attr_count) {
    const Attr *constant = fold(b, code, type, operands, count, attrs, attr_count);
    if (constant)
        return build_const(b, constant);
    Op *op = build_op(b, code, operands, count, &type, 1, 0);
    for (uint32_t i = 0; i < attr_count; i++)
        op_set_attr(op, attrs[i].key, attrs[i].attr);
    return op_result(op, 0);
}

static Value *build_inferred(Builder *b, Opcode code, Value *const *operands, uint32_t count) {
    const Type *type = opcode_result_type(b->module->types, code, count ? operands[0]->type : NULL);
    if (!type)
        weft_bug("the row of %s does not tell its result's type", op_info[code].text);
    return build_folded(b, code, type, operands, count, NULL, 0);
}

Value *build1(Builder *b, Opcode code, Value *a) {
    return build_inferred(b, code, &a, 1);
}
Value *build2(Builder *b, Opcode code, Value *a, Value *c) {
    return build_inferred(b, code, (Value *[]){a, c}, 2);
}
Value *build3(Builder *b, Opcode code, Value *a, Value *c, Value *d) {
    return build_inferred(b, code, (Value *[]){a, c, d}, 3);
}

Value *build_typed(Builder *b, Opcode code, const Type *type, Value *const *operands,
                   uint32_t count) {
    return build_folded(b, code, type, operands, count, NULL, 0);
}

Value *build_typed_attr(Builder *b, Opcode code, const Type *type, Value *const *operands,
                        uint32_t count, AttrKey key, const Attr *attr) {
    return build_folded(b, code, type, operands, count, &(AttrEntry){key, attr}, 1);
}

Value *build_const(Builder *b, const Attr *attr) {
    if (!attr->type)
        weft_bug("a constant without a type");
    Op *op = build_op(b, OP_ARITH_CONST, NULL, 0, &attr->type, 1, 0);
    op_set_attr(op, ATTR_KEY_VALUE, attr);
    return op_result(op, 0);
}

Value *build_i64(Builder *b, int64_t value) {
    return build_const(b, attr_i64(b->module->types, value));
}
Value *build_bool(Builder *b, bool value) {
    return build_const(b, attr_bool(b->module->types, value));
}

/* NULL where a part of the type has no constant (a view, an array). */
static const Attr *zero_attr(Module *module, const Type *type) {
    Types *types = module->types;
    if (type_is_scalar(type)) {
        bool is_float = type_class(type) == CLASS_FLOAT || type_class(type) == CLASS_STORAGE_FLOAT;
        return is_float ? attr_float_bits(types, type, 0) : attr_int(types, type, 0);
    }
    if (type->kind == TYPE_STR)
        return attr_string(types, intern_cstr(module->names, ""));
    bool is_vector = type->kind == TYPE_VECTOR;
    if (!is_vector && type->kind != TYPE_TUPLE && type->kind != TYPE_STRUCT)
        return NULL;
    uint32_t count = is_vector ? type->lanes : type->field_count;
    const Attr **items = arena_array(module->arena, const Attr *, count);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = zero_attr(module, is_vector ? type->element : type->fields[i]);
        if (!items[i])
            return NULL;
    }
    return attr_list(types, type, items, count);
}

Value *build_zero(Builder *b, const Type *type) {
    const Attr *zero = zero_attr(b->module, type);
    if (zero)
        return build_const(b, zero);
    if (type->kind == TYPE_ARRAY || type->kind == TYPE_DEVICE)
        return op_result(build_op(b, OP_HOST_NULL, NULL, 0, &type, 1, 0), 0);
    if (type->kind != TYPE_TUPLE && type->kind != TYPE_STRUCT)
        return build_undef(b, type);
    Value **fields = arena_array(b->module->arena, Value *, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++)
        fields[i] = build_zero(b, type->fields[i]);
    return build_typed(b, OP_AGG_MAKE, type, fields, type->field_count);
}

Value *build_undef(Builder *b, const Type *type) {
    return op_result(build_op(b, OP_ARITH_UNDEF, NULL, 0, &type, 1, 0), 0);
}

Value *build_cmp(Builder *b, const char *predicate, Value *a, Value *c) {
    const Attr *name = attr_string(b->module->types, intern_cstr(b->module->names, predicate));
    const Type *type = opcode_result_type(b->module->types, OP_ARITH_CMP, a->type);
    return build_folded(b, OP_ARITH_CMP, type, (Value *[]){a, c}, 2,
                        &(AttrEntry){ATTR_KEY_PREDICATE, name}, 1);
}

Value *build_convert(Builder *b, Value *value, const Type *to) {
    return value->type == to ? value : build_typed(b, OP_ARITH_CONVERT, to, &value, 1);
}

static const Type *field_type(const Type *aggregate, uint32_t field) {
    if ((aggregate->kind != TYPE_TUPLE && aggregate->kind != TYPE_STRUCT) ||
        field >= aggregate->field_count)
        weft_bug("field %u of a type that has no such field", field);
    return aggregate->fields[field];
}

Value *build_agg_get(Builder *b, Value *aggregate, uint32_t field) {
    AttrEntry index = {ATTR_KEY_INDEX, attr_i64(b->module->types, field)};
    return build_folded(b, OP_AGG_GET, field_type(aggregate->type, field), &aggregate, 1, &index,
                        1);
}

Value *build_agg_set(Builder *b, Value *aggregate, uint32_t field, Value *value) {
    AttrEntry index = {ATTR_KEY_INDEX, attr_i64(b->module->types, field)};
    field_type(aggregate->type, field);
    return build_folded(b, OP_AGG_SET, aggregate->type, (Value *[]){aggregate, value}, 2, &index,
                        1);
}

/* lead..., view, indices... */
static Value **memory_operands(Builder *b, Value *lead, Value *view, Value *const *indices,
                               uint32_t count, uint32_t *total) {
    Value **operands = arena_array(b->module->arena, Value *, count + 2);
    *total = 0;
    if (lead)
        operands[(*total)++] = lead;
    operands[(*total)++] = view;
    for (uint32_t i = 0; i < count; i++)
        operands[(*total)++] = indices[i];
    return operands;
}

Value *build_load(Builder *b, Value *view, Value *const *indices, uint32_t count,
                  const Type *type) {
    uint32_t total;
    Value **operands = memory_operands(b, NULL, view, indices, count, &total);
    return op_result(build_op(b, OP_MEM_LOAD, operands, total, &type, 1, 0), 0);
}

void build_store(Builder *b, Value *view, Value *const *indices, uint32_t count, Value *value) {
    uint32_t total;
    Value **operands = memory_operands(b, value, view, indices, count, &total);
    build_op(b, OP_MEM_STORE, operands, total, NULL, 0, 0);
}

static Value *build_dim_op(Builder *b, Opcode code, Value *view, uint32_t dim) {
    Op *op = build_op(b, code, &view, 1, &b->module->types->i64, 1, 0);
    op_set_attr(op, ATTR_KEY_DIM, attr_i64(b->module->types, dim));
    return op_result(op, 0);
}

Value *build_extent(Builder *b, Value *view, uint32_t dim) {
    int64_t extent = view->type->extents[dim];
    return extent == EXTENT_DYNAMIC ? build_dim_op(b, OP_MEM_EXTENT, view, dim)
                                    : build_i64(b, extent);
}

Value *build_stride(Builder *b, Value *view, uint32_t dim) {
    int64_t stride;
    return type_static_stride(view->type, dim, &stride) ? build_i64(b, stride)
                                                        : build_dim_op(b, OP_MEM_STRIDE, view, dim);
}

Op *build_call(Builder *b, Func *callee, Value *const *operands, uint32_t count) {
    Op *op = build_op(b, OP_FUNC_CALL, operands, count, callee->results, callee->result_count, 0);
    op_set_attr(op, ATTR_KEY_CALLEE, attr_func(b->module->types, callee));
    return op;
}

Op *build_yield(Builder *b, Value *const *values, uint32_t count) {
    return build_op(b, OP_YIELD, values, count, NULL, 0, 0);
}
