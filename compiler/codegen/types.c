/* IR types and constants as LLVM's (gen.h says how each looks). */
#include "codegen/gen.h"

#include "base/diag.h"

#include <string.h>

LLVMTypeRef gen_lanes(LLVMTypeRef scalar, uint32_t lanes) {
    return lanes == 1 ? scalar : LLVMVectorType(scalar, lanes);
}

LLVMTypeRef gen_int_type(Gen *g, uint32_t bits, uint32_t lanes) {
    return gen_lanes(LLVMIntTypeInContext(g->context, bits), lanes);
}

uint32_t gen_type_lanes(LLVMTypeRef type) {
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetVectorSize(type) : 1;
}

static LLVMTypeRef scalar_type(Gen *g, const Type *type) {
    switch (type->kind) {
    case TYPE_F32: return g->f32;
    case TYPE_F64: return g->f64;
    default: return LLVMIntTypeInContext(g->context, type->kind == TYPE_BOOL ? 1 : type_bits(type));
    }
}

static LLVMTypeRef aggregate_type(Gen *g, const Type *type) {
    LLVMTypeRef *fields = arena_array(g->arena, LLVMTypeRef, type->field_count + 1);
    for (uint32_t i = 0; i < type->field_count; i++)
        fields[i] = gen_type(g, type->fields[i]);
    return LLVMStructTypeInContext(g->context, fields, type->field_count, false);
}

LLVMTypeRef gen_type(Gen *g, const Type *type) {
    if (type_is_scalar(type))
        return scalar_type(g, type);
    switch (type->kind) {
    case TYPE_NONE: return g->none;
    case TYPE_VECTOR: return LLVMVectorType(gen_type(g, type->element), type->lanes);
    case TYPE_PTR: return LLVMPointerTypeInContext(g->context, g->vendor->vendor->address_space[type->space]);
    case TYPE_TUPLE:
    case TYPE_STRUCT: return aggregate_type(g, type);
    case TYPE_ARRAY:
    case TYPE_STR:
    case TYPE_DEVICE: return g->ptr;
    default: break;
    }
    gen_fail(g, NULL, "a value of type %s reached code generation", type_source(g->arena, type));
    return g->i64;
}

Val gen_splat(Gen *g, Val scalar, uint32_t lanes) {
    if (lanes == 1)
        return scalar;
    LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(scalar), lanes);
    if (LLVMIsConstant(scalar)) {
        Val items[MAX_LANES];
        for (uint32_t i = 0; i < lanes; i++)
            items[i] = scalar;
        return LLVMConstVector(items, lanes);
    }
    Val first = LLVMBuildInsertElement(g->builder, LLVMGetPoison(type), scalar, LLVMConstInt(g->i32, 0, false), "");
    return LLVMBuildShuffleVector(g->builder, first, LLVMGetPoison(type), LLVMConstNull(LLVMVectorType(g->i32, lanes)), "");
}

/* A constant in every lane of `type`, which is a scalar's or a vector's. */
static Val splat_constant(LLVMTypeRef type, Val scalar) {
    uint32_t lanes = gen_type_lanes(type);
    Val items[MAX_LANES];
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return scalar;
    for (uint32_t i = 0; i < lanes; i++)
        items[i] = scalar;
    return LLVMConstVector(items, lanes);
}

static LLVMTypeRef element_of(LLVMTypeRef type) {
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;
}

Val gen_bits(LLVMTypeRef type, uint64_t value) {
    return splat_constant(type, LLVMConstInt(element_of(type), value, false));
}

Val gen_int(Gen *g, const Type *like, uint64_t value) {
    return gen_bits(gen_type(g, like), value);
}

Val gen_float(LLVMTypeRef type, double value) {
    return splat_constant(type, LLVMConstReal(element_of(type), value));
}

Val gen_i64(Gen *g, int64_t value) {
    return LLVMConstInt(g->i64, (uint64_t)value, true);
}

/* By its bits: LLVMConstReal goes through a double, which has no place for a payload. */
static Val float_constant(Gen *g, const Type *type, uint64_t bits) {
    Val code = LLVMConstInt(LLVMIntTypeInContext(g->context, type_bits(type)), bits, false);
    return gen_is_small_float(type) ? code : LLVMConstBitCast(code, gen_type(g, type));
}

static Val list_constant(Gen *g, const Attr *attr, const Type *type) {
    Val *items = arena_array(g->arena, Val, attr->len + 1);
    for (uint32_t i = 0; i < attr->len; i++) {
        const Type *field = type->kind == TYPE_VECTOR ? type->element : type->fields[i];
        items[i] = gen_constant(g, attr->items[i], field);
    }
    return type->kind == TYPE_VECTOR ? LLVMConstVector(items, attr->len)
                                     : LLVMConstStructInContext(g->context, items, attr->len, false);
}

Val gen_constant(Gen *g, const Attr *attr, const Type *type) {
    LLVMTypeRef llvm = gen_type(g, type);
    switch (attr->kind) {
    case ATTR_INT:
        if (type->kind == TYPE_PTR)
            return LLVMConstIntToPtr(LLVMConstInt(g->i64, attr->bits, false), llvm);
        return LLVMConstInt(llvm, attr->bits, false);
    case ATTR_FLOAT: return float_constant(g, type, attr->bits);
    case ATTR_LIST: return list_constant(g, attr, type);
    case ATTR_STRING: return gen_text(g, attr->string);
    default: break;
    }
    gen_fail(g, NULL, "a constant of type %s reached code generation without a value", type_source(g->arena, type));
    return LLVMGetPoison(llvm);
}

void gen_serialise(uint8_t *bytes, const Attr *attr, const Type *type) {
    if (attr->kind == ATTR_LIST) {
        for (uint32_t i = 0; i < attr->len; i++) {
            bool vector = type->kind == TYPE_VECTOR;
            uint64_t offset = vector ? i * type_size(type->element) : type_field_offset(type, i);
            gen_serialise(bytes + offset, attr->items[i], vector ? type->element : type->fields[i]);
        }
        return;
    }
    if (attr->kind != ATTR_INT && attr->kind != ATTR_FLOAT)
        weft_bug("a table holds something that is no number");
    memcpy(bytes, &attr->bits, type_size(type)); /* little-endian, as every target is */
}
