/* target.*: what is being compiled for, as comptime values. In host code it is the host. */
#include "sema/builtins.h"

static const Target *target_of(const FuncState *fs) {
    return fs->sema->options.target;
}

static Operand string_fact(FuncState *fs, const BuiltinCall *call, const char *text) {
    return operand_of_const(attr_string(fs->sema->types, intern_cstr(fs->sema->names, text)),
                            call->node);
}

static Operand int_fact(FuncState *fs, const BuiltinCall *call, int64_t value) {
    return operand_of_const(attr_i64(fs->sema->types, value), call->node);
}

static Operand bool_fact(FuncState *fs, const BuiltinCall *call, bool value) {
    return operand_of_const(attr_bool(fs->sema->types, value), call->node);
}

Operand builtin_target_is_gpu(FuncState *fs, const BuiltinCall *call) {
    return bool_fact(fs, call, target_of(fs)->vendor->is_gpu);
}

Operand builtin_target_vendor(FuncState *fs, const BuiltinCall *call) {
    return string_fact(fs, call, target_of(fs)->vendor->vendor);
}

Operand builtin_target_arch(FuncState *fs, const BuiltinCall *call) {
    return string_fact(fs, call, target_of(fs)->name);
}

Operand builtin_target_warp_size(FuncState *fs, const BuiltinCall *call) {
    return int_fact(fs, call, target_of(fs)->warp_size);
}

/* In a kernel this is one of the names of threads, blocks and warps; `target.warp_size` is a fact. */
Operand builtin_warp_size(FuncState *fs, const BuiltinCall *call) {
    if (context_is_device(fs->context) && !note_device_use(fs, call->node, USE_WARP, "warp_size"))
        return operand_poison(call->node);
    return builtin_target_warp_size(fs, call);
}

Operand builtin_target_shared_bytes(FuncState *fs, const BuiltinCall *call) {
    return int_fact(fs, call, target_of(fs)->shared_bytes);
}

Operand builtin_target_simd_width(FuncState *fs, const BuiltinCall *call) {
    const Type *element = type_parameter(fs, call->params_node, 0, "target.simd_width");
    if (!element)
        return operand_poison(call->node);
    if (!type_is_scalar(element)) {
        diag(fs->sema->diags, call->node->span, W0320, type_source(fs->sema->arena, element));
        return operand_poison(call->node);
    }
    return int_fact(fs, call, target_simd_width(target_of(fs), element));
}

Operand builtin_target_has(FuncState *fs, const BuiltinCall *call) {
    const Attr *feature =
        call->operands ? operand_constant(&call->operands[0])
                       : comptime_eval(fs, call->args[0], fs->sema->types->str, "target.has");
    if (!feature || feature->kind != ATTR_STRING)
        return operand_poison(call->node);
    if (!target_feature_known(feature->string)) {
        diag(fs->sema->diags, call->node->span, W0350, feature->string);
        return operand_poison(call->node);
    }
    return bool_fact(fs, call, target_has(target_of(fs), feature->string));
}
