/* Attributes, names and strings as the IR's text writes them. */
#include "ir/eval.h"
#include "ir/func.h"
#include "ir/print_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool is_plain_name(const char *name) {
    if (!*name)
        return false;
    for (const char *c = name; *c; c++)
        if (!is_name_char(*c))
            return false;
    return true;
}

void print_quoted(Text *out, const char *chars, size_t len) {
    text_putc(out, '"');
    const unsigned char *end = (const unsigned char *)chars + len;
    for (const unsigned char *c = (const unsigned char *)chars; c < end; c++) {
        if (*c == '"' || *c == '\\')
            text_printf(out, "\\%c", *c);
        else if (*c == '\n')
            text_puts(out, "\\n");
        else if (*c < 0x20 || *c == 0x7f)
            text_printf(out, "\\x%02x", *c);
        else
            text_putc(out, (char)*c);
    }
    text_putc(out, '"');
}

/* Reads as a float: 1 is "1.0". */
static void print_decimal(Text *out, const char *digits) {
    text_puts(out, digits);
    if (!strpbrk(digits, ".einf"))
        text_puts(out, ".0");
}

/* The shortest decimal that reads back as the same bits. */
static void print_real(Text *out, double value) {
    char digits[64];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    print_decimal(out, digits);
}

static void print_float(Text *out, const Type *type, uint64_t bits) {
    double value = eval_to_double(type, bits);
    char digits[64];
    for (int precision = 1; !isnan(value) && precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (eval_from_double(type, strtod(digits, NULL)) == bits) {
            print_decimal(out, digits);
            return;
        }
    }
    text_printf(out, "0x%0*llx", (int)(type_bits(type) / 4), (unsigned long long)bits);
}

static void print_wide(Text *out, __int128 value) {
    char digits[48];
    uint32_t at = sizeof digits - 1;
    unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--at] = '-';
    text_puts(out, digits + at);
}

static void print_integer(Text *out, const Attr *attr) {
    if (attr->type->kind == TYPE_BOOL)
        text_puts(out, attr->bits ? "true" : "false");
    else if (type_is_signed(attr->type))
        text_printf(out, "%lld", (long long)attr->bits);
    else
        text_printf(out, "%llu", (unsigned long long)attr->bits);
}

const Type *list_item_type(const Type *type, uint32_t index) {
    if (!type)
        return NULL;
    if (type->kind == TYPE_VECTOR || type->kind == TYPE_ARRAY)
        return type->element;
    bool has_fields = type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT;
    return has_fields && index < type->field_count ? type->fields[index] : NULL;
}

/* One item stands for a vector whose lanes are the same. */
static bool is_splat(const Attr *list) {
    if (!list->type || list->type->kind != TYPE_VECTOR || list->items[0]->kind == ATTR_LIST)
        return false;
    for (uint32_t i = 1; i < list->len; i++)
        if (list->items[i] != list->items[0])
            return false;
    return list->items[0]->type == list->type->element;
}

static void print_items(Text *out, const Attr *attr, const StructNames *structs) {
    if (is_splat(attr)) {
        print_attr(out, attr->items[0], attr->type->element, structs);
        return;
    }
    text_putc(out, '[');
    for (uint32_t i = 0; i < attr->len; i++) {
        if (i)
            text_puts(out, ", ");
        print_attr(out, attr->items[i], list_item_type(attr->type, i), structs);
    }
    text_putc(out, ']');
}

/* Whether a reader who is told `expected` (nothing: NULL) takes the attribute's type without being
 * told. */
static bool is_type_known(const Attr *attr, const Type *expected) {
    if (attr->kind != ATTR_INT && attr->kind != ATTR_FLOAT && attr->kind != ATTR_LIST)
        return true;
    if (expected)
        return attr->type == expected;
    switch (attr->kind) {
    case ATTR_INT: return attr->type->kind == TYPE_I64 || attr->type->kind == TYPE_BOOL;
    case ATTR_FLOAT:
        return attr->type->kind == TYPE_F64 && !isnan(eval_to_double(attr->type, attr->bits));
    default: return !attr->type;
    }
}

void print_attr(Text *out, const Attr *attr, const Type *expected, const StructNames *structs) {
    switch (attr->kind) {
    case ATTR_INT: print_integer(out, attr); break;
    case ATTR_FLOAT: print_float(out, attr->type, attr->bits); break;
    case ATTR_LITERAL_INT:
        text_puts(out, "literal ");
        print_wide(out, attr->wide);
        break;
    case ATTR_LITERAL_FLOAT:
        text_puts(out, "literal ");
        print_real(out, attr->real);
        break;
    case ATTR_STRING: print_quoted(out, attr->string, name_len(attr->string)); break;
    case ATTR_TYPE:
        text_puts(out, "type ");
        print_type(out, attr->as_type, structs);
        break;
    case ATTR_LIST: print_items(out, attr, structs); break;
    case ATTR_FUNC: print_symbol(out, '@', attr->func->name); break;
    case ATTR_CLOSURE: text_puts(out, "closure"); break;
    case ATTR_NONE_VALUE: text_puts(out, "none"); break;
    }
    if (attr->type && !is_type_known(attr, expected)) {
        text_puts(out, " : ");
        print_type(out, attr->type, structs);
    }
}

void attr_print(Text *out, const Attr *attr) {
    print_attr(out, attr, NULL, NULL);
}
