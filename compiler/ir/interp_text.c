/* Text: print, f-strings and the messages of asserts, by the same functions of the runtime that
 * compiled programs call, so that the output is the same to the byte. */
#include "ir/interp_internal.h"

#include "base/diag.h"
#include "ir/compute.h"
#include "weft_host.h"

static int32_t f8_dtype(const Type *type) {
    switch (type->kind) {
#define SCALAR(KIND, text, bits, class, dl_code, npy)                                              \
    case TYPE_##KIND:                                                                              \
        return WEFT_DTYPE(dl_code, bits);
#include "ir/scalars.def"
#undef SCALAR
    default: return 0;
    }
}

static void append_scalar(const Type *type, uint64_t bits, const char *format) {
    switch (type->kind) {
    case TYPE_BOOL: weft_text_bool((uint8_t)bits, format); return;
    case TYPE_F64:  weft_text_f64(double_of_bits(bits), format); return;
    case TYPE_F32:  weft_text_f32(float_of_bits(bits), format); return;
    case TYPE_F16:  weft_text_f16((int32_t)bits, format); return;
    case TYPE_BF16: weft_text_bf16((int32_t)bits, format); return;
    case TYPE_F8_E4M3:
    case TYPE_F8_E5M2: weft_text_f8((int32_t)bits, f8_dtype(type), format); return;
    default:
        if (type_is_signed(type))
            weft_text_i64((int64_t)bits, format);
        else
            weft_text_u64((int64_t)bits, format);
        return;
    }
}

static void append_value(const Type *type, const uint64_t *slots, const char *format);

static void append_items(const Type *type, const uint64_t *slots, const char *format) {
    bool is_vector = type->kind == TYPE_VECTOR;
    uint32_t count = is_vector ? type->lanes : type->field_count;
    weft_text_literal(is_vector ? "[" : "(", 1);
    for (uint32_t i = 0; i < count; i++) {
        const Type *item = is_vector ? type->element : type->fields[i];
        if (i)
            weft_text_literal(", ", 2);
        append_value(item, slots, format);
        slots += slots_of(item);
    }
    if (!is_vector && count == 1)
        weft_text_literal(",", 1);
    weft_text_literal(is_vector ? "]" : ")", 1);
}

static void append_value(const Type *type, const uint64_t *slots, const char *format) {
    if (type_is_scalar(type))
        append_scalar(type, slots[0], format);
    else if (type->kind == TYPE_STR)
        weft_text_str((const char *)(uintptr_t)slots[0], format);
    else if (type->kind == TYPE_VECTOR || type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT)
        append_items(type, slots, format);
    else
        weft_bug("a value of type kind %d is printed", type->kind);
}

static void append_literal(const Attr *text) {
    weft_text_literal(text->string, (int64_t)name_len(text->string));
}

const char *text_place(const Func *kernel, const int64_t *special) {
    int32_t rank = (int32_t)kernel->kernel->over_rank;
    const int64_t *item = special + SPECIAL_ITEM, *block = special + SPECIAL_BLOCK, *thread = special + SPECIAL_THREAD;
    if (rank) {
        weft_text_at_item(rank, item[0], item[1], item[2], item[3]);
    } else {
        weft_text_at_block(block[0], block[1], block[2]);
        weft_text_at_thread(thread[0], thread[1], thread[2]);
    }
    return weft_text_take_place();
}

void text_append_parts(const TextRecord *r, const uint64_t *slots) {
    weft_text_begin();
    if (!r->parts)
        return;
    for (uint32_t i = 0; i < r->parts->len; i += 2) {
        append_literal(r->parts->items[i]);
        if (i / 2 < r->count && i + 1 < r->parts->len)
            append_value(r->operands[i / 2].type, slots + r->operands[i / 2].slot,
                         r->parts->items[i + 1]->string);
    }
}

void text_print_parts(const TextRecord *r, const uint64_t *slots) {
    text_append_parts(r, slots);
    weft_text_print(r->to_stderr ? 2 : 1);
}

const char *text_take_parts(const TextRecord *r, const uint64_t *slots) {
    text_append_parts(r, slots);
    return weft_text_take();
}
