/* Host code: calls of the runtime's entries, and launches (runtime/include/weft_host.h). */
#include "codegen/handlers.h"

#include "weft_rt.h"

#include <string.h>

/* How a value crosses to C: a bool as a byte, all else as it is. */
static LLVMTypeRef c_type(Gen *g, const Type *type) {
    return type->kind == TYPE_BOOL ? g->i8 : gen_type(g, type);
}

static Val to_c(Gen *g, const Type *type, Val value) {
    return type->kind == TYPE_BOOL ? LLVMBuildZExt(g->builder, value, g->i8, "") : value;
}

static Val from_c(Gen *g, const Type *type, Val value) {
    return type->kind == TYPE_BOOL ? LLVMBuildICmp(g->builder, LLVMIntNE, value, LLVMConstNull(g->i8), "") : value;
}

void gen_host_call_op(Gen *g, Op *op) {
    LLVMTypeRef *types = arena_array(g->arena, LLVMTypeRef, op->operand_count + 1);
    Val *args = arena_array(g->arena, Val, op->operand_count + 1);
    for (uint32_t i = 0; i < op->operand_count; i++) {
        const Type *type = op_operand(op, i)->type;
        types[i] = c_type(g, type);
        args[i] = to_c(g, type, gen_operand(g, op, i));
    }
    const Type *result = op->result_count ? op_result(op, 0)->type : NULL;
    LLVMTypeRef type = LLVMFunctionType(result ? c_type(g, result) : g->none, types, op->operand_count, false);
    Val function = gen_extern(g, op_attr(op, ATTR_KEY_NAME)->string, type);
    Val value = LLVMBuildCall2(g->builder, type, function, args, op->operand_count, "");
    if (result)
        gen_result(g, op, from_c(g, result, value));
}

void gen_host_null_op(Gen *g, Op *op) {
    gen_result(g, op, LLVMConstNull(g->ptr));
}

/* ---- launches ---- */

/* The addresses of a launch's arguments, as they are put together. */
typedef struct LaunchArgs {
    Val array;
    uint32_t count;
} LaunchArgs;

static Val call_runtime(Gen *g, const char *name, LLVMTypeRef result, const Val *args, uint32_t count) {
    LLVMTypeRef types[8];
    for (uint32_t i = 0; i < count; i++)
        types[i] = LLVMTypeOf(args[i]);
    LLVMTypeRef type = LLVMFunctionType(result, types, count, false);
    return LLVMBuildCall2(g->builder, type, gen_extern(g, name, type), (Val *)args, count, "");
}

static void push_address(Gen *g, LaunchArgs *args, Val address) {
    LLVMBuildStore(g->builder, address, gen_byte_offset(g, args->array, 8ull * args->count++));
}

static Val room(Gen *g, uint64_t bytes, uint64_t align) {
    return gen_alloca(g, LLVMArrayType2(g->i8, bytes), align);
}

/* A scalar or a struct: its bytes in memory of this function. */
static void push_value(Gen *g, LaunchArgs *args, const Type *type, Val value) {
    Val place = room(g, type_size(type), 16);
    gen_store(g, type, value, place, type_align(type));
    push_address(g, args, place);
}

static int32_t dtype_of(const Type *scalar) {
    static const struct {
        uint8_t code, bits;
    } rows[] = {
#define SCALAR(KIND, text, bits, class, dl_code, npy) {dl_code, bits},
#include "ir/scalars.def"
#undef SCALAR
    };
    return rows[scalar->kind].code << 8 | rows[scalar->kind].bits;
}

static Val sizes_in_memory(Gen *g, const Op *op, uint32_t first, uint32_t count) {
    Val place = room(g, 8ull * (count ? count : 1), 8);
    for (uint32_t i = 0; i < count; i++)
        LLVMBuildStore(g->builder, gen_operand(g, op, first + i), gen_byte_offset(g, place, 8ull * i));
    return place;
}

/* A tensor: a DLTensor of the array, or of a view that is a pointer, its extents and its strides. Gives the
 * number of operands it took. */
static uint32_t push_tensor(Gen *g, const Op *op, LaunchArgs *args, uint32_t at, const Type *view) {
    Val tensor = room(g, sizeof(DLTensor), 8), first = gen_operand(g, op, at);
    push_address(g, args, tensor);
    if (op_operand(op, at)->type->kind == TYPE_ARRAY) {
        call_runtime(g, "weft_array_dltensor", g->none, (Val[]){first, tensor}, 2);
        return 1;
    }
    if (!type_is_scalar(view->element)) {
        gen_fail(g, op, "not built yet: a launch with a view of structs");
        return 1;
    }
    Val extents = sizes_in_memory(g, op, at + 1, view->rank), strides = sizes_in_memory(g, op, at + 1 + view->rank, view->rank);
    Val dtype = LLVMConstInt(g->i32, (uint32_t)dtype_of(view->element), false), rank = LLVMConstInt(g->i32, view->rank, false);
    call_runtime(g, "weft_host_view_dltensor", g->none, (Val[]){tensor, first, dtype, rank, extents, strides}, 6);
    return 1 + 2 * view->rank;
}

/* Six sizes, grid then block, -1 where the kernel's own stays; NULL when all do. */
static Val override_of(Gen *g, const Op *op, uint32_t at) {
    const Attr *attr = op_attr(op, ATTR_KEY_OVERRIDE);
    if (!attr)
        return LLVMConstNull(g->ptr);
    bool given[2] = {strstr(attr->string, "grid") != NULL, strstr(attr->string, "block") != NULL};
    Val place = room(g, 6 * 8, 8), zero = gen_i64(g, 0);
    for (uint32_t i = 0; i < 6; i++) {
        Val size = gen_i64(g, -1);
        if (given[i / 3]) {
            size = gen_operand(g, op, at++);
            size = LLVMBuildSelect(g->builder, LLVMBuildICmp(g->builder, LLVMIntSGT, size, zero, ""), size, zero, "");
        }
        LLVMBuildStore(g->builder, size, gen_byte_offset(g, place, 8ull * i));
    }
    return place;
}

void gen_host_launch_op(Gen *g, Op *op) {
    Func *kernel = op_attr(op, ATTR_KEY_CALLEE)->func;
    LaunchArgs args = {.array = room(g, 8ull * (kernel->arg_count + 1), 8)};
    uint32_t at = 0;
    for (uint32_t i = 0; i < kernel->arg_count && !g->error; i++) {
        const Type *type = kernel->args[i].type;
        if (type->kind == TYPE_VIEW) {
            at += push_tensor(g, op, &args, at, type);
        } else {
            push_value(g, &args, type, gen_operand(g, op, at));
            at++;
        }
    }
    if (g->error)
        return;
    Val override = override_of(g, op, at), location = gen_text(g, gen_location(g, op->span));
    call_runtime(g, "weft_host_launch", g->none, (Val[]){gen_table(g, kernel), args.array, override, location}, 4);
}

void gen_host_entry_op(Gen *g, Op *op) {
    Func *kernel = op_attr(op, ATTR_KEY_CALLEE)->func;
    LaunchArgs args = {.array = room(g, 8ull * (op->operand_count + 1), 8)};
    for (uint32_t i = 1; i < op->operand_count; i++) {
        const Type *type = op_operand(op, i)->type;
        if (type->kind == TYPE_PTR)
            push_address(g, &args, gen_operand(g, op, i));
        else
            push_value(g, &args, type, gen_operand(g, op, i));
    }
    Val call_args[] = {gen_table(g, kernel), gen_operand(g, op, 0), args.array, NULL};
    if (kernel->kind == FUNC_KERNEL) {
        gen_result(g, op, call_runtime(g, "weft_launch", g->i32, call_args, 3));
        return;
    }
    call_args[3] = LLVMConstInt(g->i32, op->operand_count - 1 - kernel->arg_count, false);
    gen_result(g, op, call_runtime(g, "weft_host_entry", g->i32, call_args, 4));
}
