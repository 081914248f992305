/* Types as text: as the language writes them, for messages, and as the IR writes them. */
#include "ir/print_internal.h"

static const char *const layout_names[] = {"row", "col", "strided"};
static const char *const space_names[] = {"global", "shared", "local", "constant"};

static void print_source_list(Text *out, const Type *t) {
    for (uint32_t i = 0; i < t->field_count; i++) {
        if (i)
            text_puts(out, ", ");
        type_print_source(out, t->fields[i]);
    }
}

static void print_source_tensor(Text *out, const Type *t) {
    text_puts(out, "Tensor[");
    type_print_source(out, t->element);
    for (uint32_t i = 0; i < t->rank; i++) {
        if (t->extents[i] == EXTENT_DYNAMIC)
            text_puts(out, ", _");
        else
            text_printf(out, ", %lld", (long long)t->extents[i]);
    }
    if (t->layout != LAYOUT_ROW_MAJOR)
        text_printf(out, ", layout=%s", t->layout == LAYOUT_STRIDED ? "strided" : "col_major");
    text_putc(out, ']');
}

void type_print_source(Text *out, const Type *t) {
    switch (t->kind) {
    case TYPE_I64: text_puts(out, "int"); return;
    case TYPE_NONE: text_puts(out, "None"); return;
    case TYPE_POISON: text_puts(out, "?"); return;
    case TYPE_LITERAL_INT: text_puts(out, "integer literal"); return;
    case TYPE_LITERAL_FLOAT: text_puts(out, "float literal"); return;
    case TYPE_DEVICE: text_puts(out, "Device"); return;
    case TYPE_VIEW: print_source_tensor(out, t); return;
    case TYPE_VECTOR:
        text_puts(out, "SIMD[");
        type_print_source(out, t->element);
        text_printf(out, ", %u]", t->lanes);
        return;
    case TYPE_PTR:
        text_puts(out, "Ptr[");
        type_print_source(out, t->element);
        text_putc(out, ']');
        return;
    case TYPE_ARRAY:
        text_puts(out, "Array[");
        type_print_source(out, t->element);
        text_printf(out, ", %u]", t->rank);
        return;
    case TYPE_TUPLE:
        text_putc(out, '(');
        print_source_list(out, t);
        text_puts(out, t->field_count == 1 ? ",)" : ")");
        return;
    case TYPE_FUNC:
        text_puts(out, "def(");
        print_source_list(out, t);
        text_putc(out, ')');
        if (t->element->kind != TYPE_NONE) {
            text_puts(out, " -> ");
            type_print_source(out, t->element);
        }
        return;
    default: text_puts(out, t->name);
    }
}

const char *type_source(Arena *arena, const Type *t) {
    Text text = {.arena = arena};
    type_print_source(&text, t);
    return text_cstr(&text);
}

void print_symbol(Text *out, char sigil, const char *name) {
    text_putc(out, sigil);
    if (is_plain_name(name))
        text_puts(out, name);
    else
        print_quoted(out, name, strlen(name));
}

static void print_list(Text *out, const Type *t, const StructNames *structs) {
    for (uint32_t i = 0; i < t->field_count; i++) {
        if (i)
            text_puts(out, ", ");
        print_type(out, t->fields[i], structs);
    }
}

static void print_view(Text *out, const Type *t, const StructNames *structs) {
    text_puts(out, "view<");
    print_type(out, t->element, structs);
    text_puts(out, t->rank ? ", " : ", []");
    for (uint32_t i = 0; i < t->rank; i++) {
        if (i)
            text_putc(out, 'x');
        if (t->extents[i] == EXTENT_DYNAMIC)
            text_putc(out, '?');
        else
            text_printf(out, "%lld", (long long)t->extents[i]);
    }
    if (t->layout != LAYOUT_ROW_MAJOR)
        text_printf(out, ", %s", layout_names[t->layout]);
    if (t->space != SPACE_GLOBAL)
        text_printf(out, ", %s", space_names[t->space]);
    if (t->hangs)
        text_puts(out, ", hangs");
    text_putc(out, '>');
}

void print_type(Text *out, const Type *t, const StructNames *structs) {
    switch (t->kind) {
    case TYPE_VECTOR:
        text_printf(out, "<%u x ", t->lanes);
        print_type(out, t->element, structs);
        text_putc(out, '>');
        return;
    case TYPE_VIEW: print_view(out, t, structs); return;
    case TYPE_PTR:
        text_puts(out, "ptr<");
        print_type(out, t->element, structs);
        if (t->space != SPACE_GLOBAL)
            text_printf(out, ", %s", space_names[t->space]);
        text_putc(out, '>');
        return;
    case TYPE_TUPLE:
        text_putc(out, '(');
        print_list(out, t, structs);
        text_puts(out, t->field_count == 1 ? ",)" : ")");
        return;
    case TYPE_STRUCT: print_symbol(out, '!', structs ? struct_text(structs, t) : t->name); return;
    case TYPE_FUNC:
        text_puts(out, "fn(");
        print_list(out, t, structs);
        text_puts(out, ") -> ");
        print_type(out, t->element, structs);
        return;
    case TYPE_ARRAY:
        text_puts(out, "array<");
        print_type(out, t->element, structs);
        text_printf(out, ", %u>", t->rank);
        return;
    default: text_puts(out, t->name);
    }
}

void type_print(Text *out, const Type *t) {
    print_type(out, t, NULL);
}

bool layout_parse(const char *text, Layout *layout) {
    for (Layout i = LAYOUT_ROW_MAJOR; i <= LAYOUT_STRIDED; i++) {
        if (strcmp(text, layout_names[i]) == 0) {
            *layout = i;
            return true;
        }
    }
    return false;
}

bool space_parse(const char *text, Space *space) {
    for (Space i = SPACE_GLOBAL; i <= SPACE_CONSTANT; i++) {
        if (strcmp(text, space_names[i]) == 0) {
            *space = i;
            return true;
        }
    }
    return false;
}
