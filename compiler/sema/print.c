/* print, f-strings and the messages of asserts: texts with values in them. A text is flattened while it is typed
 * (an f-string within print leaves no string behind), tuples and SIMD values into their parts, so that what the
 * runtime is given is text, scalars, strings and arrays. */
#include "sema/host.h"

#include "weft_host.h"

TextParts text_parts(FuncState *fs) {
    return (TextParts){.fs = fs, .pending = {.arena = fs->sema->arena}};
}

static const Attr *string_attr(FuncState *fs, Text *text) {
    const char *chars = text_cstr(text);
    return attr_string(fs->sema->types, intern(fs->sema->names, chars, text->len));
}

static void push_value(TextParts *text, Value *value, const char *format) {
    FuncState *fs = text->fs;
    vec_push(fs->sema->arena, &text->parts, string_attr(fs, &text->pending));
    vec_push(fs->sema->arena, &text->parts, attr_string(fs->sema->types, intern_cstr(fs->sema->names, format)));
    vec_push(fs->sema->arena, &text->values, value);
    text->pending = (Text){.arena = fs->sema->arena};
}

/* A string within a tuple is shown as Python's repr() shows it; the runtime knows this format. */
static const char repr_format[] = "!r";

static const char *format_within(const Type *type, const char *format) {
    return type && type->kind == TYPE_STR && !*format ? repr_format : format;
}

/* For weft_text_check_format: 'i', 'f', 's', 'b'; 0 where no format is taken. */
static int32_t format_kind(const Type *type) {
    if (type->kind == TYPE_BOOL)
        return 'b';
    if (type->kind == TYPE_STR)
        return 's';
    return type_is_integer(type) ? 'i' : type_is_scalar(type) ? 'f' : 0;
}

static bool format_fits(TextParts *text, const Type *type, const char *format, const Node *node) {
    if (!*format || format == repr_format)
        return true;
    int32_t kind = format_kind(type);
    const char *wrong = kind ? weft_text_check_format(format, kind) : "it takes no format";
    if (wrong)
        diag(text->fs->sema->diags, node->span, W0481, format, type_source(text->fs->sema->arena, type), wrong);
    return !wrong;
}

static void put_value(TextParts *text, Value *value, const char *format, const Node *node);

static void put_lanes(TextParts *text, Value *vector, const char *format, const Node *node) {
    FuncState *fs = text->fs;
    text_putc(&text->pending, '[');
    for (uint32_t k = 0; k < vector->type->lanes; k++) {
        text_puts(&text->pending, k ? ", " : "");
        Value *operands[] = {vector, build_i64(&fs->b, k)};
        put_value(text, build_typed(&fs->b, OP_VEC_EXTRACT, vector->type->element, operands, 2), format, node);
    }
    text_putc(&text->pending, ']');
}

static void put_fields(TextParts *text, Value *tuple, const char *format, const Node *node) {
    text_putc(&text->pending, '(');
    for (uint32_t k = 0; k < tuple->type->field_count; k++) {
        text_puts(&text->pending, k ? ", " : "");
        put_value(text, build_agg_get(&text->fs->b, tuple, k), format_within(tuple->type->fields[k], format), node);
    }
    text_puts(&text->pending, tuple->type->field_count == 1 ? ",)" : ")");
}

static void put_value(TextParts *text, Value *value, const char *format, const Node *node) {
    const Type *type = value->type;
    if (type->kind == TYPE_VECTOR)
        put_lanes(text, value, format, node);
    else if (type->kind == TYPE_TUPLE)
        put_fields(text, value, format, node);
    else if (type_is_scalar(type) || type->kind == TYPE_STR || type_is_number_array(type)) {
        if (format_fits(text, type, format, node))
            push_value(text, value, format);
        else
            text->failed = true;
    } else {
        diag(text->fs->sema->diags, node->span, W0482, type_source(text->fs->sema->arena, type));
        text->failed = true;
    }
}

/* A comptime string is text like any other, its format done here: a kernel has no strings. */
static bool put_comptime_string(TextParts *text, const Operand *operand, const char *format, const Node *node) {
    const Attr *constant = operand_constant(operand);
    if (!constant || constant->kind != ATTR_STRING)
        return false;
    if (!*format) {
        text_append(&text->pending, constant->string, name_len(constant->string));
    } else if (format_fits(text, text->fs->sema->types->str, format, node)) {
        weft_text_begin();
        weft_text_str(constant->string, format);
        text_puts(&text->pending, weft_text_take());
    } else {
        text->failed = true;
    }
    return true;
}

void text_part_operand(TextParts *text, const Operand *operand, const char *format, const Node *node) {
    FuncState *fs = text->fs;
    if (operand->kind == OPERAND_POISON) {
        text->failed = true;
        return;
    }
    if (put_comptime_string(text, operand, format, node))
        return;
    if (operand->kind == OPERAND_TUPLE) {
        text_putc(&text->pending, '(');
        for (uint32_t k = 0; k < operand->item_count; k++) {
            text_puts(&text->pending, k ? ", " : "");
            text_part_operand(text, &operand->items[k], format_within(operand_type(fs, &operand->items[k]), format), node);
        }
        text_puts(&text->pending, operand->item_count == 1 ? ",)" : ")");
        return;
    }
    if (operand->kind == OPERAND_CONST && operand->constant->kind == ATTR_NONE_VALUE) {
        text_puts(&text->pending, "None");
        return;
    }
    Value *value = operand_value(fs, operand);
    if (!value)
        text->failed = true;
    else
        put_value(text, value, format, node);
}

void text_part_node(TextParts *text, const Node *node) {
    if (node->kind != NODE_FSTRING) {
        Operand operand = check_expr(text->fs, node, NULL);
        text_part_operand(text, &operand, "", node);
        return;
    }
    for (uint32_t i = 0; i < node->fstring.len; i++) {
        const FStringPart *part = &node->fstring.parts[i];
        text_append(&text->pending, part->text, name_len(part->text));
        if (!part->value)
            continue;
        if (part->format) {
            Operand operand = check_expr(text->fs, part->value, NULL);
            text_part_operand(text, &operand, part->format, part->value);
        } else {
            text_part_node(text, part->value);
        }
    }
}

Op *text_finish(TextParts *text, Opcode code, Value *condition, const Type *result, Span span) {
    FuncState *fs = text->fs;
    vec_push(fs->sema->arena, &text->parts, string_attr(fs, &text->pending));
    VEC(Value *) operands = {0};
    if (condition)
        vec_push(fs->sema->arena, &operands, condition);
    VEC_FOR_EACH (i, &text->values)
        vec_push(fs->sema->arena, &operands, text->values.items[i]);
    fs->b.span = span;
    Op *op = build_op(&fs->b, code, operands.items, operands.len, &result, result ? 1 : 0, 0);
    op_set_attr(op, ATTR_KEY_PARTS, attr_list(fs->sema->types, NULL, text->parts.items, text->parts.len));
    return op;
}

Operand check_fstring(FuncState *fs, const Node *node) {
    TextParts text = text_parts(fs);
    text_part_node(&text, node);
    if (text.failed)
        return operand_poison(node);
    if (text.values.len == 0)
        return operand_of_const(string_attr(fs, &text.pending), node);
    if (context_is_device(fs->context)) {
        diag(fs->sema->diags, node->span, W0483);
        return operand_poison(node);
    }
    return operand_of_value(op_result(text_finish(&text, OP_FUNC_FORMAT, NULL, fs->sema->types->str, node->span), 0), node);
}

/* ------------------------------------------------------------------ print */

/* sep= and end=; poison after an error. */
static Operand string_option(FuncState *fs, const Node *keyword) {
    const Type *str = fs->sema->types->str;
    Operand operand = check_expr(fs, keyword->keyword.value, str);
    if (operand.kind == OPERAND_CONST && operand.constant->kind == ATTR_STRING)
        return operand;
    Value *value = operand_coerce(fs, &operand, str, keyword->keyword.name);
    return value ? operand_of_value(value, keyword) : operand_poison(keyword);
}

static Operand string_operand(FuncState *fs, const char *chars, const Node *node) {
    return operand_of_const(attr_string(fs->sema->types, intern_cstr(fs->sema->names, chars)), node);
}

typedef struct PrintOptions {
    Operand sep, end;
} PrintOptions;

static bool print_options(FuncState *fs, const Node *call, PrintOptions *options) {
    options->sep = string_operand(fs, " ", call);
    options->end = string_operand(fs, "\n", call);
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind != NODE_KEYWORD)
            continue;
        const char *name = arg->keyword.name;
        Operand *option = !strcmp(name, "sep") ? &options->sep : !strcmp(name, "end") ? &options->end : NULL;
        if (!option) {
            diag(fs->sema->diags, arg->keyword.name_span, W0485, arg->keyword.name);
            return false;
        }
        *option = string_option(fs, arg);
        if (option->kind == OPERAND_POISON)
            return false;
    }
    return true;
}

void check_print(FuncState *fs, const Node *call) {
    PrintOptions options;
    const Target *target = fs->sema->options.target;
    if (context_is_device(fs->context) && target->vendor->is_gpu) {
        not_built(fs, call, W0907, target->vendor->vendor);
        return;
    }
    if (!print_options(fs, call, &options))
        return;
    TextParts text = text_parts(fs);
    bool first = true;
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind == NODE_KEYWORD)
            continue;
        if (!first)
            text_part_operand(&text, &options.sep, "", call);
        first = false;
        text_part_node(&text, arg);
    }
    text_part_operand(&text, &options.end, "", call);
    if (!text.failed)
        text_finish(&text, OP_FUNC_PRINT, NULL, NULL, call->span);
}

/* ------------------------------------------------------------------ assert */

/* A message with values is made where the assert fails, and nowhere else: `assert n > 0, f"the last is {a[n]}"`. */
static void check_assert_message(FuncState *fs, const Node *node, Value *condition) {
    uint32_t mark = arrays_mark(fs);
    Branch *branch = branch_begin(fs, condition, node->span);
    branch_arm(fs, branch, 1);
    TextParts text = text_parts(fs);
    text_part_node(&text, node->assertion.message);
    if (!text.failed)
        text_finish(&text, OP_FUNC_ASSERT, build_bool(&fs->b, false), NULL, node->span);
    arrays_release(fs, mark);
    branch_end_empty(fs, branch);
}

static void check_assert_now(FuncState *fs, const Node *node) {
    const Node *message = node->assertion.message;
    Value *condition = check_condition(fs, node->assertion.condition, "assert");
    if (condition && message && message->kind != NODE_STRING) {
        check_assert_message(fs, node, condition);
        return;
    }
    TextParts text = text_parts(fs);
    if (message)
        text_part_node(&text, message);
    else
        text_printf(&text.pending, "assertion failed: %s", node_text(fs, node->assertion.condition));
    if (condition && !text.failed)
        text_finish(&text, OP_FUNC_ASSERT, condition, NULL, node->span);
}

/* An assert that is not wanted is typed all the same, where no control comes. */
void check_assert(FuncState *fs, const Node *node) {
    bool wanted = !context_is_device(fs->context) || fs->sema->options.asserts;
    if (wanted) {
        check_assert_now(fs, node);
        return;
    }
    Branch *never = branch_begin(fs, build_bool(&fs->b, false), node->span);
    check_assert_now(fs, node);
    branch_end_empty(fs, never);
}
