/* The slots of a launch: 8 bytes each. A scalar lies in the low bytes of its slot (x86 is little-endian), a
 * struct behind an address, a tensor is its base and, where it is strided, its strides. */
#include "targets/x86/slots.h"

static bool is_tensor(const FuncArg *arg) { return arg->type->kind == TYPE_VIEW; }

uint32_t slots_of_arg(const FuncArg *arg) {
    return 1 + (is_tensor(arg) && arg->type->layout == LAYOUT_STRIDED ? arg->type->rank : 0);
}

uint32_t slots_first_of_shape(const Func *kernel) {
    uint32_t slots = kernel->dim_count;
    for (uint32_t i = 0; i < kernel->arg_count; i++)
        slots += slots_of_arg(&kernel->args[i]);
    return slots;
}

uint32_t slots_of_shape(const Func *kernel) {
    return kernel->kernel->over_rank ? 2 * kernel->kernel->over_rank : 6;
}

/* The address of a slot, as a pointer to `type`. */
static Value *slot_address(Builder *b, Value *slots, uint32_t slot, const Type *type) {
    Value *address = slot ? build2(b, OP_MEM_PTR_OFFSET, slots, build_i64(b, slot)) : slots;
    const Type *ptr = type_ptr(b->module->types, type, slots->type->space);
    return ptr == address->type ? address : build_typed(b, OP_MEM_PTR_CAST, ptr, &address, 1);
}

static Value *load_at(Builder *b, Value *address) {
    Value *operands[] = {address, build_i64(b, 0)};
    return op_result(build_op(b, OP_MEM_PTR_LOAD, operands, 2, &address->type->element, 1, 0), 0);
}

static bool fits_a_slot(const Type *type) { return type_is_scalar(type) || type->kind == TYPE_PTR; }

Value *slot_load(Builder *b, Value *slots, uint32_t slot, const Type *type) {
    if (fits_a_slot(type))
        return load_at(b, slot_address(b, slots, slot, type));
    const Type *ptr = type_ptr(b->module->types, type, SPACE_GLOBAL);
    return load_at(b, load_at(b, slot_address(b, slots, slot, ptr)));
}

void slot_store(Builder *b, Value *slots, uint32_t slot, Value *value) {
    Value *operands[] = {value, slot_address(b, slots, slot, value->type), build_i64(b, 0)};
    build_op(b, OP_MEM_PTR_STORE, operands, 3, NULL, 0, 0);
}

/* Tensors share no element that either writes: said of the loads of their bases, in the kernel's flat order. */
static void mark_tensors(const Func *kernel, Value **inputs) {
    const Block *entry = func_entry(kernel);
    Types *types = kernel->module->types;
    uint32_t at = kernel->dim_count;
    for (uint32_t i = 0; i < kernel->arg_count && at < entry->arg_count; i++) {
        if (is_tensor(&kernel->args[i]) && inputs[at]->op)
            op_set_attr(inputs[at]->op, ATTR_KEY_NOALIAS, attr_bool(types, true));
        at += slots_of_arg(&kernel->args[i]);
    }
}

void slots_load_inputs(Builder *b, Value *slots, const Func *kernel, Value **inputs) {
    const Block *entry = func_entry(kernel);
    for (uint32_t i = 0; i < entry->arg_count; i++) {
        inputs[i] = slot_load(b, slots, i, entry->args[i]->type);
        inputs[i]->name = entry->args[i]->name;
    }
    mark_tensors(kernel, inputs);
}

uint32_t slots_load_plain_inputs(Builder *b, Value *slots, const Func *kernel, Value **inputs) {
    uint32_t count = 0, slot = kernel->dim_count;
    for (uint32_t i = 0; i < kernel->dim_count; i++)
        inputs[count++] = slot_load(b, slots, i, b->module->types->i64);
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        if (!is_tensor(&kernel->args[i]))
            inputs[count++] = slot_load(b, slots, slot, kernel->args[i].type);
        slot += slots_of_arg(&kernel->args[i]);
    }
    return count;
}
