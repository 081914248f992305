/* Atomics and fences. An order and a scope are attributes; "relaxed" and "device" where they are not there.
 *
 * The minimum of floats is the language's (`b if b < a else a`), which no target's instruction computes for
 * NaN: it is a loop of compare-and-swaps, and so is what LLVM would only give with another meaning.
 *
 * Where one CPU thread runs all threads of a block (x86), nobody comes between on the block's shared memory: its
 * atomics are a load and a store, which no lock slows down and LLVM may keep in registers. */
#include "codegen/handlers.h"

#include "ir/eval.h"

#include <string.h>

static bool attr_is(const Op *op, AttrKey key, const char *word) {
    const Attr *attr = op_attr(op, key);
    return attr && strcmp(attr->string, word) == 0;
}

static LLVMAtomicOrdering order_of(const Op *op) {
    if (attr_is(op, ATTR_KEY_ORDER, "acquire"))
        return LLVMAtomicOrderingAcquire;
    if (attr_is(op, ATTR_KEY_ORDER, "release"))
        return LLVMAtomicOrderingRelease;
    return attr_is(op, ATTR_KEY_ORDER, "acq_rel") ? LLVMAtomicOrderingAcquireRelease : LLVMAtomicOrderingMonotonic;
}

static unsigned scope_of(Gen *g, const Op *op) {
    int scope = attr_is(op, ATTR_KEY_SCOPE, "block") ? 1 : attr_is(op, ATTR_KEY_SCOPE, "system") ? 2 : 0;
    const char *name = g->vendor->scopes[scope];
    return LLVMGetSyncScopeID(g->context, name, strlen(name));
}

static bool acquires(LLVMAtomicOrdering order) {
    return order == LLVMAtomicOrderingAcquire || order == LLVMAtomicOrderingAcquireRelease;
}

static bool releases(LLVMAtomicOrdering order) {
    return order == LLVMAtomicOrderingRelease || order == LLVMAtomicOrderingAcquireRelease;
}

static void fence(Gen *g, const Op *op, LLVMAtomicOrdering order) {
    LLVMBuildFenceSyncScope(g->builder, order, scope_of(g, op), "");
}

void gen_fence_op(Gen *g, Op *op) {
    if (order_of(op) != LLVMAtomicOrderingMonotonic)
        fence(g, op, order_of(op));
}

static Val place(Gen *g, const Op *op, uint32_t pointer) {
    return gen_address(g, gen_operand(g, op, pointer), op_operand(op, pointer)->type->element, gen_operand(g, op, pointer + 1));
}

/* The type that a compare-and-swap has: an integer. */
static LLVMTypeRef integer_of(Gen *g, const Type *type) {
    return LLVMIntTypeInContext(g->context, type_bits(type));
}

static Val compare_and_swap(Gen *g, const Op *op, Val address, Val expected, Val desired, LLVMAtomicOrdering order) {
    /* a failed one is a load: it can't release */
    LLVMAtomicOrdering failed = acquires(order) ? LLVMAtomicOrderingAcquire : LLVMAtomicOrderingMonotonic;
    Val pair = LLVMBuildAtomicCmpXchgSyncScope(g->builder, address, expected, desired, order, failed, scope_of(g, op));
    if (g->vendor->mark_atomic)
        g->vendor->mark_atomic(g, pair);
    return pair;
}

static bool is_own(Gen *g, const Op *op, uint32_t pointer) {
    return g->vendor->shared_is_own && op_operand(op, pointer)->type->space == SPACE_SHARED;
}

/* Compared as bits, so that NaN and the two zeros are as they are in a compare-and-swap. */
static void plain_cas(Gen *g, Op *op) {
    const Type *type = op_result(op, 0)->type;
    LLVMTypeRef integer = integer_of(g, type);
    Val address = place(g, op, 2), old = gen_load(g, type, address, type_align(type));
    Val expected = LLVMBuildBitCast(g->builder, gen_operand(g, op, 0), integer, "");
    Val found = LLVMBuildBitCast(g->builder, old, integer, "");
    Val same = LLVMBuildICmp(g->builder, LLVMIntEQ, found, expected, "");
    gen_store(g, type, LLVMBuildSelect(g->builder, same, gen_operand(g, op, 1), old, ""), address, type_align(type));
    gen_result(g, op, old);
}

void gen_atomic_cas_op(Gen *g, Op *op) {
    if (is_own(g, op, 2)) {
        plain_cas(g, op);
        return;
    }
    const Type *type = op_result(op, 0)->type;
    LLVMTypeRef integer = integer_of(g, type);
    Val expected = LLVMBuildBitCast(g->builder, gen_operand(g, op, 0), integer, "");
    Val desired = LLVMBuildBitCast(g->builder, gen_operand(g, op, 1), integer, "");
    Val pair = compare_and_swap(g, op, place(g, op, 2), expected, desired, order_of(op));
    Val found = LLVMBuildExtractValue(g->builder, pair, 0, "");
    gen_result(g, op, LLVMBuildBitCast(g->builder, found, gen_type(g, type), ""));
}

static bool is_exchange(const Op *op) {
    return attr_is(op, ATTR_KEY_KIND, "exchange");
}

/* old = *address; while *address is not old any more: again, with combine(old, value) for what is stored. */
static Val combine_by_swaps(Gen *g, const Op *op, Opcode code, const Type *type, Val address, Val value) {
    LLVMTypeRef integer = integer_of(g, type);
    LLVMBasicBlockRef before = LLVMGetInsertBlock(g->builder), loop = gen_block(g, "swap"), done = gen_block(g, "swapped");
    Val first = LLVMBuildLoad2(g->builder, integer, address, "");
    LLVMSetOrdering(first, LLVMAtomicOrderingMonotonic);
    LLVMSetAtomicSyncScopeID(first, scope_of(g, op));
    LLVMSetAlignment(first, (unsigned)type_align(type));
    LLVMBuildBr(g->builder, loop);
    LLVMPositionBuilderAtEnd(g->builder, loop);
    Val old = LLVMBuildPhi(g->builder, integer, "");
    Val old_value = LLVMBuildBitCast(g->builder, old, gen_type(g, type), "");
    Val new_value = is_exchange(op) ? value : gen_binary(g, op, code, type, old_value, value);
    Val desired = LLVMBuildBitCast(g->builder, new_value, integer, "");
    Val pair = compare_and_swap(g, op, address, old, desired, order_of(op));
    Val found = LLVMBuildExtractValue(g->builder, pair, 0, ""), won = LLVMBuildExtractValue(g->builder, pair, 1, "");
    LLVMAddIncoming(old, (Val[]){first, found}, (LLVMBasicBlockRef[]){before, LLVMGetInsertBlock(g->builder)}, 2);
    LLVMBuildCondBr(g->builder, won, done, loop);
    LLVMPositionBuilderAtEnd(g->builder, done);
    return old_value;
}

/* Where LLVM drops the order of an atomicrmw it drops the scope as well, and gives the device's. */
static bool loses_scope(Gen *g, const Op *op) {
    return g->vendor->atomics_drop_order && attr_is(op, ATTR_KEY_SCOPE, "system");
}

/* LLVM's operation that is the op's, bit for bit; `value` may have to be another one. */
static bool direct(Gen *g, const Op *op, Opcode code, const Type *type, LLVMAtomicRMWBinOp *binop, Val *value) {
    bool is_float = gen_is_float(type), is_signed = gen_is_signed(type);
    if (is_exchange(op)) {
        *binop = LLVMAtomicRMWBinOpXchg;
        return true;
    }
    if (is_float) {
        if (code == OP_ARITH_SUB)
            *value = LLVMBuildFNeg(g->builder, *value, "");
        *binop = LLVMAtomicRMWBinOpFAdd;
        return code == OP_ARITH_ADD || code == OP_ARITH_SUB;
    }
    switch (code) {
    case OP_ARITH_ADD: *binop = LLVMAtomicRMWBinOpAdd; return true;
    case OP_ARITH_SUB: *binop = LLVMAtomicRMWBinOpSub; return true;
    case OP_ARITH_AND: *binop = LLVMAtomicRMWBinOpAnd; return true;
    case OP_ARITH_OR: *binop = LLVMAtomicRMWBinOpOr; return true;
    case OP_ARITH_XOR: *binop = LLVMAtomicRMWBinOpXor; return true;
    case OP_ARITH_MIN: *binop = is_signed ? LLVMAtomicRMWBinOpMin : LLVMAtomicRMWBinOpUMin; return true;
    case OP_ARITH_MAX: *binop = is_signed ? LLVMAtomicRMWBinOpMax : LLVMAtomicRMWBinOpUMax; return true;
    default: return false;
    }
}

static void plain_combine(Gen *g, Op *op, Opcode code, const Type *type, Val address, Val value) {
    Val old = gen_load(g, type, address, type_align(type));
    gen_store(g, type, is_exchange(op) ? value : gen_binary(g, op, code, type, old, value), address, type_align(type));
    gen_result(g, op, old);
}

void gen_atomic_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    Val value = gen_operand(g, op, 0), address = place(g, op, 1);
    Opcode code = OP_ARITH_ADD;
    if (!is_exchange(op) && !eval_kind(op_attr(op, ATTR_KEY_KIND)->string, &code)) {
        gen_fail(g, op, "there is no atomic of the kind %s", op_attr(op, ATTR_KEY_KIND)->string);
        return;
    }
    if (is_own(g, op, 1)) {
        plain_combine(g, op, code, type, address, value);
        return;
    }
    LLVMAtomicRMWBinOp binop;
    if (loses_scope(g, op) || !direct(g, op, code, type, &binop, &value)) {
        gen_result(g, op, combine_by_swaps(g, op, code, type, address, value));
        return;
    }
    LLVMAtomicOrdering order = order_of(op);
    if (g->vendor->atomics_drop_order && releases(order))
        fence(g, op, LLVMAtomicOrderingRelease);
    Val old = LLVMBuildAtomicRMWSyncScope(g->builder, binop, address, value, order, scope_of(g, op));
    if (g->vendor->mark_atomic)
        g->vendor->mark_atomic(g, old);
    if (g->vendor->atomics_drop_order && acquires(order))
        fence(g, op, LLVMAtomicOrderingAcquire);
    gen_result(g, op, old);
}

static void make_atomic(Gen *g, const Op *op, uint32_t pointer, Val access, const Type *type) {
    if (is_own(g, op, pointer))
        return;
    LLVMSetOrdering(access, order_of(op));
    LLVMSetAtomicSyncScopeID(access, scope_of(g, op));
    LLVMSetAlignment(access, (unsigned)type_align(type));
}

void gen_atomic_load_op(Gen *g, Op *op) {
    const Type *type = op_result(op, 0)->type;
    Val value = LLVMBuildLoad2(g->builder, gen_type(g, type), place(g, op, 0), "");
    make_atomic(g, op, 0, value, type);
    gen_result(g, op, value);
}

void gen_atomic_store_op(Gen *g, Op *op) {
    make_atomic(g, op, 1, LLVMBuildStore(g->builder, gen_operand(g, op, 0), place(g, op, 1)), op_operand(op, 0)->type);
}
