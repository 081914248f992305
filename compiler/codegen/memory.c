/* Flat memory: addresses, loads, stores, memory of the thread and of the block.
 *
 * Memory is laid out as C lays it out, by type_size and type_field_offset, whatever LLVM would do: aggregates go
 * field by field, a bool is a byte, and so is each lane of a vector of bools. A vector in memory is aligned as its
 * element unless the op knows more. */
#include "codegen/handlers.h"

#include <stdlib.h>

Val gen_byte_offset(Gen *g, Val base, uint64_t bytes) {
    Val offset = gen_i64(g, (int64_t)bytes);
    return bytes ? LLVMBuildGEP2(g->builder, g->i8, base, &offset, 1, "") : base;
}

/* The address does not wrap; that it lies in some object is more than a view on the way to another promises. */
Val gen_address(Gen *g, Val base, const Type *element, Val offset) {
    LLVMTypeRef step = g->i8;
    if (type_is_scalar(element) && element->kind != TYPE_BOOL)
        step = gen_type(g, element);
    else if (element->kind != TYPE_NONE && type_size(element) != 1)
        offset = LLVMBuildMul(g->builder, offset, gen_i64(g, (int64_t)type_size(element)), "");
    return LLVMBuildGEPWithNoWrapFlags(g->builder, step, base, &offset, 1, "", LLVMGEPFlagNUSW);
}

static bool is_bool(const Type *type) {
    return type_scalar_of(type)->kind == TYPE_BOOL;
}

static uint64_t align_at(uint64_t align, uint64_t offset) {
    while (offset % align)
        align /= 2;
    return align;
}

Val gen_load(Gen *g, const Type *type, Val address, uint64_t align) {
    if (type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT) {
        Val aggregate = LLVMGetPoison(gen_type(g, type));
        for (uint32_t i = 0; i < type->field_count; i++) {
            uint64_t offset = type_field_offset(type, i);
            Val field = gen_load(g, type->fields[i], gen_byte_offset(g, address, offset), align_at(align, offset));
            aggregate = LLVMBuildInsertValue(g->builder, aggregate, field, i, "");
        }
        return aggregate;
    }
    LLVMTypeRef in_memory = is_bool(type) ? gen_lanes(g->i8, type_lanes(type)) : gen_type(g, type);
    Val value = LLVMBuildLoad2(g->builder, in_memory, address, "");
    LLVMSetAlignment(value, (unsigned)align);
    alias_mark(g, value);
    return is_bool(type) ? LLVMBuildICmp(g->builder, LLVMIntNE, value, LLVMConstNull(in_memory), "") : value;
}

void gen_store(Gen *g, const Type *type, Val value, Val address, uint64_t align) {
    if (type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT) {
        for (uint32_t i = 0; i < type->field_count; i++) {
            uint64_t offset = type_field_offset(type, i);
            Val field = LLVMBuildExtractValue(g->builder, value, i, "");
            gen_store(g, type->fields[i], field, gen_byte_offset(g, address, offset), align_at(align, offset));
        }
        return;
    }
    if (is_bool(type))
        value = LLVMBuildZExt(g->builder, value, gen_lanes(g->i8, type_lanes(type)), "");
    Val store = LLVMBuildStore(g->builder, value, address);
    LLVMSetAlignment(store, (unsigned)align);
    alias_mark(g, store);
}

/* ---- ops ---- */

/* What a pointer's offset counts: its element; bytes where it has none. */
static const Type *element_of(Gen *g, const Type *pointer) {
    return pointer->element->kind == TYPE_NONE ? g->types->u8 : pointer->element;
}

static uint64_t known_align(const Op *op, const Type *accessed) {
    const Attr *align = op_attr(op, ATTR_KEY_ALIGN);
    if (align)
        return (uint64_t)attr_as_i64(align);
    return type_align(accessed->kind == TYPE_VECTOR ? accessed->element : accessed);
}

static Val operand_address(Gen *g, const Op *op, uint32_t pointer) {
    const Type *element = element_of(g, op_operand(op, pointer)->type);
    return gen_address(g, gen_operand(g, op, pointer), element, gen_operand(g, op, pointer + 1));
}

void gen_ptr_load_op(Gen *g, Op *op) {
    const Type *type = op_result(op, 0)->type;
    alias_through(g, op_operand(op, 0));
    gen_result(g, op, gen_load(g, type, operand_address(g, op, 0), known_align(op, type)));
    alias_through(g, NULL);
}

void gen_ptr_store_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    alias_through(g, op_operand(op, 1));
    gen_store(g, type, gen_operand(g, op, 0), operand_address(g, op, 1), known_align(op, type));
    alias_through(g, NULL);
}

void gen_ptr_offset_op(Gen *g, Op *op) {
    gen_result(g, op, operand_address(g, op, 0));
}

void gen_ptr_cast_op(Gen *g, Op *op) {
    Val pointer = gen_operand(g, op, 0);
    LLVMTypeRef type = gen_type(g, op_result(op, 0)->type);
    gen_result(g, op, LLVMTypeOf(pointer) == type ? pointer : LLVMBuildAddrSpaceCast(g->builder, pointer, type, ""));
}

static uint64_t element_count(const Op *op) {
    return (uint64_t)attr_as_i64(op_attr(op, ATTR_KEY_VALUE));
}

/* Room for `count` elements: of the scalar where it is one, so that LLVM sees an array of them. */
static LLVMTypeRef room_for(Gen *g, const Type *element, uint64_t count) {
    if (type_is_scalar(element) && element->kind != TYPE_BOOL)
        return LLVMArrayType2(gen_type(g, element), count);
    return LLVMArrayType2(g->i8, count * type_size(element));
}

static uint64_t room_align(const Type *element) {
    return type_align(element) > 64 ? type_align(element) : 64;
}

void gen_ptr_local_op(Gen *g, Op *op) {
    const Type *element = element_of(g, op_result(op, 0)->type);
    uint64_t bytes = element_count(op) * type_size(element);
    Val memory = gen_alloca(g, room_for(g, element, element_count(op)), bytes < 64 ? 16 : room_align(element));
    LLVMTypeRef type = gen_type(g, op_result(op, 0)->type);
    gen_result(g, op, LLVMTypeOf(memory) == type ? memory : LLVMBuildAddrSpaceCast(g->builder, memory, type, ""));
}

static Val shared_memory(Gen *g, Op *op, const Type *element) {
    LLVMTypeRef room = room_for(g, element, element_count(op));
    unsigned space = g->vendor->vendor->address_space[SPACE_SHARED];
    if (!g->target->vendor->is_gpu)
        return gen_alloca(g, room, room_align(element));
    Val memory = LLVMAddGlobalInAddressSpace(g->module, room, "shared", space);
    LLVMSetInitializer(memory, LLVMGetPoison(room));
    LLVMSetLinkage(memory, LLVMInternalLinkage);
    LLVMSetAlignment(memory, (unsigned)room_align(element));
    return memory;
}

/* One piece for each name in a function. */
void gen_ptr_shared_op(Gen *g, Op *op) {
    const Attr *name = op_attr(op, ATTR_KEY_NAME);
    for (SharedPiece *piece = g->shared; piece && name; piece = piece->next) {
        if (piece->func == g->func && piece->name == name->string) {
            gen_result(g, op, piece->memory);
            return;
        }
    }
    SharedPiece *piece = arena_new(g->arena, SharedPiece);
    *piece = (SharedPiece){g->shared, g->func, name ? name->string : NULL, shared_memory(g, op, element_of(g, op_result(op, 0)->type))};
    g->shared = piece;
    gen_result(g, op, piece->memory);
}
