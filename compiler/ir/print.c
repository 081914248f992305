/* The IR as text. docs/ir.md tells the form.
 *
 * Values are named first, in the order in which the text defines them: the hint, made unique with a
 * number (%x, %x.1), or a number alone. A hint loses such a number before it is used, so that a
 * text that is read and printed again comes out the same. */
#include "ir/print.h"

#include "ir/print_internal.h"

#include <ctype.h>

typedef struct Printer {
    Text *out;
    Arena *arena;
    Interner *interner;
    StructNames structs;
    Map values; /* from Value * to its text, without the % */
    Map hints;  /* from Name to how many values have it */
    uint32_t next_number, depth;
    const char **header; /* the texts of the function's dims and arguments */
} Printer;

static Printer printer_create(Text *out, Module *module) {
    Printer p = {.out = out, .arena = arena_create(), .interner = module->names};
    p.structs.arena = p.values.arena = p.hints.arena = p.arena;
    return p;
}

static void printer_destroy(Printer *p) {
    arena_destroy(p->arena);
}

/* "x.1" -> "x" */
static size_t without_number(const char *chars, size_t len) {
    for (;;) {
        size_t end = len;
        while (end > 0 && isdigit((unsigned char)chars[end - 1]))
            end--;
        if (end == len || end == 0 || chars[end - 1] != '.')
            return len;
        len = end - 1;
    }
}

static bool is_number(const char *chars, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)chars[i]))
            return false;
    return true;
}

/* The hint as it may stand after a %, or NULL. */
static Name clean_hint(Printer *p, Name hint) {
    Text text = {.arena = p->arena};
    if (hint && isdigit((unsigned char)*hint) && !is_number(hint, name_len(hint)))
        text_putc(&text, '_');
    for (const char *c = hint; c && *c; c++)
        text_putc(&text, is_name_char(*c) ? *c : '_');
    size_t len = without_number(text.chars, text.len);
    return is_number(text.chars, len) ? NULL : intern(p->interner, text.chars, len);
}

static const char *new_name(Printer *p, Name raw) {
    Name hint = clean_hint(p, raw);
    if (!hint)
        return arena_printf(p->arena, "%u", p->next_number++);
    uintptr_t count = (uintptr_t)map_get_ptr(&p->hints, hint);
    map_put_ptr(&p->hints, hint, (void *)(count + 1));
    return count ? arena_printf(p->arena, "%s.%u", hint, (unsigned)count) : hint;
}

static void name_value(Printer *p, const Value *value, Name hint) {
    map_put_ptr(&p->values, value, (void *)new_name(p, hint));
}

static void name_ops(Printer *p, const Block *block) {
    BLOCK_FOR_EACH_OP (op, block) {
        for (uint32_t i = 0; i < op->result_count; i++)
            name_value(p, &op->results[i], op->results[i].name);
        for (uint32_t i = 0; i < op->region_count; i++) {
            REGION_FOR_EACH_BLOCK (inner, op->regions[i]) {
                for (uint32_t k = 0; k < inner->arg_count; k++)
                    name_value(p, inner->args[k], inner->args[k]->name);
                name_ops(p, inner);
            }
        }
    }
}

static void forget_names(Printer *p) {
    p->values = (Map){.arena = p->arena};
    p->hints = (Map){.arena = p->arena};
    p->next_number = 0;
}

/* Whether the entry block's arguments are the dims and arguments of the header, and need no list of
 * their own. */
static bool is_entry_plain(const Func *func) {
    return func_entry(func) && !func->flat &&
           func_entry(func)->arg_count == func->dim_count + func->arg_count;
}

static void name_func(Printer *p, const Func *func) {
    forget_names(p);
    uint32_t count = func->dim_count + func->arg_count;
    p->header = arena_array(p->arena, const char *, count);
    for (uint32_t i = 0; i < count; i++)
        p->header[i] = new_name(p, i < func->dim_count ? func->dims[i].name
                                                       : func->args[i - func->dim_count].name);
    Block *entry = func_entry(func);
    if (!entry)
        return;
    if (!is_entry_plain(func))
        forget_names(p);
    for (uint32_t i = 0; i < entry->arg_count; i++) {
        if (is_entry_plain(func))
            map_put_ptr(&p->values, entry->args[i], (void *)p->header[i]);
        else
            name_value(p, entry->args[i], entry->args[i]->name);
    }
    name_ops(p, entry);
}

/* --- ops --- */

static void print_value(Printer *p, const Value *value) {
    const char *name = value ? map_get_ptr(&p->values, value) : NULL;
    text_printf(p->out, "%%%s", name ? name : "?");
}

static void print_indent(Printer *p) {
    for (uint32_t i = 0; i < p->depth; i++)
        text_puts(p->out, "    ");
}

static void print_typed_values(Printer *p, Value *const *values, uint32_t count) {
    text_putc(p->out, '(');
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            text_puts(p->out, ", ");
        print_value(p, values[i]);
        text_puts(p->out, ": ");
        print_type(p->out, values[i]->type, &p->structs);
    }
    text_putc(p->out, ')');
}

static void print_results(Printer *p, const Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++) {
        if (i)
            text_puts(p->out, ", ");
        print_value(p, &op->results[i]);
    }
    if (op->result_count)
        text_puts(p->out, " = ");
}

static void print_operands(Printer *p, const Op *op) {
    for (uint32_t i = 0; i < op->operand_count; i++) {
        if (i)
            text_puts(p->out, ", ");
        print_value(p, op_operand(op, i));
    }
}

/* A constant's value and a call's function stand before the operands; the list has the other
 * attributes. */
static bool is_in_front(const Op *op, const AttrEntry *entry) {
    if (entry->key == ATTR_KEY_CALLEE)
        return entry->attr->kind == ATTR_FUNC;
    return entry->key == ATTR_KEY_VALUE && op->code == OP_ARITH_CONST && op->result_count == 1 &&
           entry->attr->type == op->results[0].type;
}

static void print_attr_list(Printer *p, const Op *op) {
    bool any = false;
    for (uint32_t i = 0; i < op->attr_count; i++) {
        const AttrEntry *entry = &op->attrs[i];
        if (is_in_front(op, entry))
            continue;
        text_printf(p->out, "%s%s = ", any ? ", " : " {", attr_key_name(entry->key));
        print_attr(p->out, entry->attr, NULL, &p->structs);
        any = true;
    }
    if (any)
        text_putc(p->out, '}');
}

static void print_head(Printer *p, const Op *op) {
    print_results(p, op);
    text_puts(p->out, op_info[op->code].text);
    const Attr *callee = op_attr(op, ATTR_KEY_CALLEE);
    if (callee && callee->kind == ATTR_FUNC) {
        text_putc(p->out, ' ');
        print_symbol(p->out, '@', callee->func->name);
        text_putc(p->out, '(');
        print_operands(p, op);
        text_putc(p->out, ')');
    } else if (op->operand_count) {
        text_putc(p->out, ' ');
        print_operands(p, op);
    }
    for (uint32_t i = 0; i < op->attr_count; i++) {
        if (op->attrs[i].key == ATTR_KEY_VALUE && is_in_front(op, &op->attrs[i])) {
            text_putc(p->out, ' ');
            print_attr(p->out, op->attrs[i].attr, op->results[0].type, &p->structs);
        }
    }
    print_attr_list(p, op);
    for (uint32_t i = 0; i < op->result_count; i++) {
        text_puts(p->out, i ? ", " : " : ");
        print_type(p->out, op->results[i].type, &p->structs);
    }
}

static void print_op(Printer *p, const Op *op);

static void print_block_ops(Printer *p, const Block *block) {
    p->depth++;
    BLOCK_FOR_EACH_OP (op, block) {
        print_indent(p);
        print_op(p, op);
        text_putc(p->out, '\n');
    }
    p->depth--;
}

static void print_region(Printer *p, const Region *region) {
    text_putc(p->out, '{');
    REGION_FOR_EACH_BLOCK (block, region) {
        if (block->arg_count) {
            text_putc(p->out, ' ');
            print_typed_values(p, block->args, block->arg_count);
        }
        text_putc(p->out, '\n');
        print_block_ops(p, block);
    }
    print_indent(p);
    text_putc(p->out, '}');
}

/* An `else` that only yields nothing is left out. */
static bool is_empty_else(const Op *op, uint32_t region) {
    if (op->code != OP_IF || region != 1 || op->result_count || !op->regions[1]->first)
        return false;
    const Op *first = op->regions[1]->first->first;
    return first && first->code == OP_YIELD && !first->next && !first->operand_count &&
           !first->attr_count;
}

static void print_op(Printer *p, const Op *op) {
    print_head(p, op);
    for (uint32_t i = 0; i < op->region_count; i++) {
        if (is_empty_else(op, i))
            continue;
        text_puts(p->out, i == 0 ? " " : op->code == OP_IF ? " else " : " do ");
        print_region(p, op->regions[i]);
    }
}

/* --- functions --- */

static const char *const kind_names[] = {"device", "kernel", "host"};

/* Whether the type tells all of an argument's dims. */
static bool has_plain_dims(const FuncArg *arg) {
    if (arg->type->kind != TYPE_VIEW || !arg->dims)
        return true;
    for (uint32_t i = 0; i < arg->type->rank; i++)
        if (arg->dims[i].extent < 0 || arg->dims[i].extent != arg->type->extents[i])
            return false;
    return true;
}

static void print_dims(Printer *p, const Func *func, const FuncArg *arg) {
    if (has_plain_dims(arg))
        return;
    text_puts(p->out, " [");
    for (uint32_t i = 0; i < arg->type->rank; i++) {
        const FuncDim *dim = &arg->dims[i];
        if (i)
            text_puts(p->out, ", ");
        if (dim->dim >= 0)
            text_printf(p->out, "%%%s", p->header[dim->dim]);
        else if (dim->arg >= 0)
            text_printf(p->out, "%%%s", p->header[func->dim_count + (uint32_t)dim->arg]);
        else
            text_printf(p->out, "%lld", (long long)dim->extent);
    }
    text_putc(p->out, ']');
}

static void print_arg(Printer *p, const Func *func, uint32_t index) {
    static const char *const modes[] = {"", "mut ", "out "};
    const FuncArg *arg = &func->args[index];
    text_printf(p->out, "%s%%%s: ", modes[arg->mode], p->header[func->dim_count + index]);
    print_type(p->out, arg->type, &p->structs);
    print_dims(p, func, arg);
}

static void print_inputs(Printer *p, const Func *func) {
    text_putc(p->out, '(');
    for (uint32_t i = 0; i < func->dim_count; i++)
        text_printf(p->out, "%s%%%s: dim", i ? ", " : "", p->header[i]);
    for (uint32_t i = 0; i < func->arg_count; i++) {
        if (i || func->dim_count)
            text_puts(p->out, ", ");
        print_arg(p, func, i);
    }
    text_putc(p->out, ')');
    for (uint32_t i = 0; i < func->result_count; i++) {
        text_puts(p->out, i ? ", " : " -> ");
        print_type(p->out, func->results[i], &p->structs);
    }
}

static void print_flag(Printer *p, bool set, const char *word) {
    if (set)
        text_printf(p->out, " %s", word);
}

static void print_count(Printer *p, int64_t count, const char *word) {
    if (count)
        text_printf(p->out, " %s %lld", word, (long long)count);
}

static void print_reference(Printer *p, const Func *func, const char *word) {
    if (!func)
        return;
    text_printf(p->out, " %s ", word);
    print_symbol(p->out, '@', func->name);
}

static void print_kernel(Printer *p, const KernelInfo *kernel) {
    print_count(p, kernel->over_rank, "over");
    print_reference(p, kernel->shape, "shape");
    if (kernel->block[0] || kernel->block[1] || kernel->block[2])
        text_printf(p->out, " block %u, %u, %u", kernel->block[0], kernel->block[1],
                    kernel->block[2]);
    if (kernel->math != MATH_DEFAULT)
        text_printf(p->out, " math %s", kernel->math == MATH_STRICT ? "strict" : "fast");
    print_flag(p, kernel->index_i32, "index_i32");
    print_count(p, kernel->width, "width");
    print_count(p, kernel->unroll, "unroll");
    print_count(p, kernel->max_threads, "max_threads");
    print_count(p, kernel->min_blocks, "min_blocks");
    print_count(p, kernel->cluster, "cluster");
    for (uint32_t i = 0; i < kernel->where_count; i++) {
        print_reference(p, kernel->where[i].predicate, "where");
        const char *text = kernel->where[i].text ? kernel->where[i].text : "";
        text_putc(p->out, ' ');
        print_quoted(p->out, text, strlen(text));
    }
}

static const char *level_name(const Func *func) {
    uint32_t usual = func->kind == FUNC_HOST ? LEVEL_HOST : LEVEL_KERNEL;
    if (func->level == usual)
        return NULL;
    return func->level == LEVEL_VECTOR ? "vector" : func->level == LEVEL_HOST ? "host" : "kernel";
}

static void print_options(Printer *p, const Func *func) {
    if (level_name(func))
        text_printf(p->out, " level %s", level_name(func));
    print_flag(p, func->flat, "flat");
    if (func->export_name) {
        text_puts(p->out, " export ");
        print_quoted(p->out, func->export_name, strlen(func->export_name));
    }
    print_flag(p, func->is_test, "test");
    print_flag(p, func->is_bench, "bench");
    print_flag(p, func->is_main, "main");
    print_flag(p, func->always_inline, "inline");
    print_flag(p, func->strict_host, "strict_host");
    if (func->kernel)
        print_kernel(p, func->kernel);
    if (func->doc) {
        text_puts(p->out, " doc ");
        print_quoted(p->out, func->doc, strlen(func->doc));
    }
}

static void print_func(Printer *p, const Func *func) {
    name_func(p, func);
    text_printf(p->out, "func %s ", kind_names[func->kind]);
    print_symbol(p->out, '@', func->name);
    print_inputs(p, func);
    print_options(p, func);
    if (func->body) {
        text_puts(p->out, " {");
        const Block *entry = func_entry(func);
        if (entry && !is_entry_plain(func)) {
            text_putc(p->out, ' ');
            print_typed_values(p, entry->args, entry->arg_count);
        }
        text_putc(p->out, '\n');
        REGION_FOR_EACH_BLOCK (block, func->body)
            print_block_ops(p, block);
        text_putc(p->out, '}');
    }
    text_putc(p->out, '\n');
}

static void print_structs(Printer *p) {
    VEC_FOR_EACH (i, &p->structs.order) {
        const Type *t = p->structs.order.items[i];
        text_puts(p->out, "struct ");
        print_symbol(p->out, '!', struct_text(&p->structs, t));
        text_puts(p->out, " {");
        for (uint32_t f = 0; f < t->field_count; f++) {
            if (f)
                text_puts(p->out, ", ");
            const char *name = t->field_names[f];
            if (is_plain_name(name))
                text_puts(p->out, name);
            else
                print_quoted(p->out, name, strlen(name));
            text_puts(p->out, ": ");
            print_type(p->out, t->fields[f], &p->structs);
        }
        text_puts(p->out, "}\n");
    }
    if (p->structs.order.len)
        text_putc(p->out, '\n');
}

void module_print(Text *out, Module *module) {
    Printer p = printer_create(out, module);
    MODULE_FOR_EACH_FUNC (func, module)
        struct_names_add_func(&p.structs, func);
    print_structs(&p);
    MODULE_FOR_EACH_FUNC (func, module) {
        if (func != module->first)
            text_putc(out, '\n');
        print_func(&p, func);
    }
    printer_destroy(&p);
}

void func_print(Text *out, Func *func) {
    Printer p = printer_create(out, func->module);
    struct_names_add_func(&p.structs, func);
    print_func(&p, func);
    printer_destroy(&p);
}

/* The op's line, without what its regions hold. */
void op_print(Text *out, Op *op) {
    Printer p = printer_create(out, op->module);
    Func *func = op_func(op);
    if (func) {
        struct_names_add_func(&p.structs, func);
        name_func(&p, func);
    }
    print_head(&p, op);
    if (op->region_count)
        text_puts(out, " { ... }");
    printer_destroy(&p);
}
