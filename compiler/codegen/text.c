/* print, f-strings and the messages of asserts: a text is built piece by piece by the runtime's entries, then
 * printed, taken, or failed with (runtime/include/weft_host.h). */
#include "codegen/handlers.h"

#include <string.h>

static void call(Gen *g, const char *name, const Val *args, uint32_t count) {
    LLVMTypeRef types[5];
    for (uint32_t i = 0; i < count; i++)
        types[i] = LLVMTypeOf(args[i]);
    LLVMTypeRef type = LLVMFunctionType(g->none, types, count, false);
    LLVMBuildCall2(g->builder, type, gen_extern(g, name, type), (Val *)args, count, "");
}

static void add_chars(Gen *g, const char *chars, size_t len) {
    if (len > 0)
        call(g, "weft_text_literal", (Val[]){gen_chars(g, chars, len), gen_i64(g, (int64_t)len)}, 2);
}

static void add_literal(Gen *g, const char *chars) {
    add_chars(g, chars, strlen(chars));
}

static void add_value(Gen *g, const Op *op, const Type *type, Val value, const char *format);

static void add_float(Gen *g, const Type *type, Val value, Val format) {
    Val bits = gen_is_small_float(type) ? LLVMBuildZExt(g->builder, value, g->i32, "") : value;
    switch (type->kind) {
    case TYPE_F64: call(g, "weft_text_f64", (Val[]){value, format}, 2); break;
    case TYPE_F32: call(g, "weft_text_f32", (Val[]){value, format}, 2); break;
    case TYPE_F16: call(g, "weft_text_f16", (Val[]){bits, format}, 2); break;
    case TYPE_BF16: call(g, "weft_text_bf16", (Val[]){bits, format}, 2); break;
    default: {
        int32_t dtype = (type->kind == TYPE_F8_E4M3 ? 10 : 12) << 8 | 8;
        call(g, "weft_text_f8", (Val[]){bits, LLVMConstInt(g->i32, (uint32_t)dtype, false), format}, 3);
        break;
    }
    }
}

static void add_scalar(Gen *g, const Type *type, Val value, const char *format_text) {
    Val format = gen_text(g, format_text);
    if (type->kind == TYPE_BOOL) {
        call(g, "weft_text_bool", (Val[]){LLVMBuildZExt(g->builder, value, g->i8, ""), format}, 2);
        return;
    }
    if (gen_is_float(type)) {
        add_float(g, type, value, format);
        return;
    }
    bool is_signed = gen_is_signed(type);
    const Type *wide = is_signed ? g->types->i64 : g->types->u64;
    call(g, is_signed ? "weft_text_i64" : "weft_text_u64", (Val[]){gen_convert(g, type, wide, value), format}, 2);
}

static void add_vector(Gen *g, const Op *op, const Type *type, Val value, const char *format) {
    for (uint32_t i = 0; i < type->lanes; i++) {
        add_literal(g, i ? ", " : "[");
        add_value(g, op, type->element, LLVMBuildExtractElement(g->builder, value, LLVMConstInt(g->i32, i, false), ""), format);
    }
    add_literal(g, "]");
}

/* (1, 2), (1,); a struct as the call that makes it: Point(x=1, y=2). */
static void add_fields(Gen *g, const Op *op, const Type *type, Val value, const char *format) {
    bool named = type->kind == TYPE_STRUCT;
    if (named)
        add_literal(g, type->name);
    add_literal(g, "(");
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (i)
            add_literal(g, ", ");
        if (named)
            add_literal(g, arena_printf(g->arena, "%s=", type->field_names[i]));
        add_value(g, op, type->fields[i], LLVMBuildExtractValue(g->builder, value, i, ""), format);
    }
    add_literal(g, !named && type->field_count == 1 ? ",)" : ")");
}

static void add_value(Gen *g, const Op *op, const Type *type, Val value, const char *format) {
    if (type_is_scalar(type)) {
        add_scalar(g, type, value, format);
        return;
    }
    switch (type->kind) {
    case TYPE_STR: call(g, "weft_text_str", (Val[]){value, gen_text(g, format)}, 2); break;
    case TYPE_ARRAY: call(g, "weft_text_array", &value, 1); break;
    case TYPE_VECTOR: add_vector(g, op, type, value, format); break;
    case TYPE_TUPLE:
    case TYPE_STRUCT: add_fields(g, op, type, value, format); break;
    default: gen_fail(g, op, "not built yet: printing a value of type %s", type_source(g->arena, type)); break;
    }
}

/* {parts} is text, format, text, ..., text: a format for each operand from `first` on. */
static void build_text(Gen *g, Op *op, uint32_t first) {
    const Attr *parts = op_attr(op, ATTR_KEY_PARTS);
    call(g, "weft_text_begin", NULL, 0);
    for (uint32_t i = 0; parts && i < parts->len; i++) {
        Name part = parts->items[i]->string;
        uint32_t operand = first + i / 2;
        if (i % 2 == 0)
            add_chars(g, part, name_len(part));
        else
            add_value(g, op, op_operand(op, operand)->type, gen_operand(g, op, operand), part);
    }
}

static bool may_print(Gen *g, Op *op) {
    if (g->vendor->may_print)
        return true;
    gen_fail(g, op, "not built yet: %s in a kernel for %s", op_info[op->code].text, g->target->name);
    return false;
}

void gen_print_op(Gen *g, Op *op) {
    if (!may_print(g, op))
        return;
    const Attr *stream = op_attr(op, ATTR_KEY_STREAM);
    build_text(g, op, 0);
    Val number = LLVMConstInt(g->i32, stream && strcmp(stream->string, "err") == 0 ? 2 : 1, false);
    call(g, "weft_text_print", &number, 1);
}

void gen_format_op(Gen *g, Op *op) {
    build_text(g, op, 0);
    LLVMTypeRef type = LLVMFunctionType(g->ptr, NULL, 0, false);
    gen_result(g, op, LLVMBuildCall2(g->builder, type, gen_extern(g, "weft_text_take", type), NULL, 0, ""));
}

/* {place}: whose indices the operands behind the text's values are. */
static void say_place(Gen *g, Op *op) {
    const Attr *place = op_attr(op, ATTR_KEY_PLACE);
    if (!place)
        return;
    uint32_t first = 1 + op_attr(op, ATTR_KEY_PARTS)->len / 2, rank = op->operand_count - first;
    if (strcmp(place->string, "thread") == 0) {
        for (uint32_t part = 0; part < 2; part++) {
            Val index[3];
            for (uint32_t i = 0; i < 3; i++)
                index[i] = gen_operand(g, op, first + 3 * part + i);
            call(g, part ? "weft_text_at_thread" : "weft_text_at_block", index, 3);
        }
        return;
    }
    Val args[5] = {LLVMConstInt(g->i32, rank, false)};
    for (uint32_t i = 0; i < 4; i++)
        args[1 + i] = i < rank ? gen_operand(g, op, first + i) : gen_i64(g, 0);
    call(g, "weft_text_at_item", args, 5);
}

/* In host code a failed assert ends the program; in a kernel, the function: the launch stops. */
static void fail_assert(Gen *g, Op *op) {
    Val location = gen_text(g, gen_location(g, op->span));
    if (g->func->level == LEVEL_HOST) {
        call(g, "weft_text_fail", &location, 1);
        LLVMBuildUnreachable(g->builder);
        return;
    }
    say_place(g, op);
    call(g, "weft_text_assert_failed", &location, 1);
    LLVMTypeRef result = LLVMGetReturnType(LLVMGlobalGetValueType(g->function));
    if (result == g->none)
        LLVMBuildRetVoid(g->builder);
    else
        LLVMBuildRet(g->builder, LLVMConstNull(result));
}

void gen_assert_op(Gen *g, Op *op) {
    if (!may_print(g, op))
        return;
    LLVMBasicBlockRef failed = gen_block(g, "failed"), holds = gen_block(g, "holds");
    LLVMBuildCondBr(g->builder, gen_operand(g, op, 0), holds, failed);
    LLVMPositionBuilderAtEnd(g->builder, failed);
    build_text(g, op, 1);
    fail_assert(g, op);
    LLVMPositionBuilderAtEnd(g->builder, holds);
}
