#include "sema/host.h"

#include "weft_host.h"

static const struct {
    uint8_t code, bits;
} dtypes[] = {
#define SCALAR(KIND, text, bits, class, dl_code, npy) {dl_code, bits},
#include "ir/scalars.def"
#undef SCALAR
};

Value *runtime_call(FuncState *fs, const char *name, const Type *result, Value *const *args, uint32_t count, Span span) {
    Types *types = fs->sema->types;
    fs->b.span = span;
    Op *call = build_op(&fs->b, OP_HOST_CALL, args, count, &result, result ? 1 : 0, 0);
    op_set_attr(call, ATTR_KEY_NAME, attr_string(types, intern_cstr(fs->sema->names, name)));
    return result ? op_result(call, 0) : NULL;
}

Value *string_value(FuncState *fs, const char *text) {
    return build_const(&fs->b, attr_string(fs->sema->types, intern_cstr(fs->sema->names, text)));
}

Value *location_value(FuncState *fs, Span span) {
    Sources *sources = fs->sema->sources;
    SourceFile *file = sources_get(sources, span.file);
    if (!file)
        return string_value(fs, "");
    uint32_t line = source_position(sources, span.file, span.start).line;
    return string_value(fs, arena_printf(fs->sema->arena, "%s:%u", file->path, line));
}

Value *int32_value(FuncState *fs, int32_t value) {
    return build_const(&fs->b, attr_int(fs->sema->types, fs->sema->types->i32, (uint64_t)(int64_t)value));
}

Value *dtype_value(FuncState *fs, const Type *scalar) {
    return int32_value(fs, WEFT_DTYPE(dtypes[scalar->kind].code, dtypes[scalar->kind].bits));
}

Value *null_value(FuncState *fs, const Type *type) {
    return build_typed(&fs->b, OP_HOST_NULL, type, NULL, 0);
}

Value *i64_list(FuncState *fs, Value *const *values, uint32_t count) {
    Types *types = fs->sema->types;
    int64_t extent = count ? count : 1;
    Value *list = build_local(fs, type_view(types, types->i64, 1, &extent, LAYOUT_ROW_MAJOR, SPACE_LOCAL));
    for (uint32_t i = 0; i < count; i++) {
        Value *index = build_i64(&fs->b, i);
        build_store(&fs->b, list, &index, 1, values[i]);
    }
    return build_typed(&fs->b, OP_MEM_PTR, type_ptr(types, types->i64, SPACE_LOCAL), &list, 1);
}

bool wants_host(FuncState *fs, const Node *node, const char *what) {
    if (fs->context == CONTEXT_HOST)
        return true;
    if (told_in_function(fs, W0480, NULL, node->span))
        return false;
    diag(fs->sema->diags, node->span, W0480, what, fs->context == CONTEXT_COMPTIME ? "comptime code" : "a kernel");
    return false;
}
