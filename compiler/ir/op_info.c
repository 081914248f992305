/* The rows of ops.def as a table, and what follows from a row alone. */
#include "ir/op.h"

const OpInfo op_info[OPCODE_COUNT] = {
#define OP(code, text, operands, results, traits, levels, computes, doc)                           \
    {#code, text, operands, results, traits, levels, #computes, doc},
#include "ir/ops.def"
#undef OP
};

static const char *const attr_key_names[ATTR_KEY_COUNT] = {
#define ATTR_KEY(code, text) text,
#include "ir/attr_keys.def"
#undef ATTR_KEY
};

const char *attr_key_name(AttrKey key) {
    return attr_key_names[key];
}

bool attr_key_parse(const char *text, AttrKey *key) {
    for (uint32_t i = 0; i < ATTR_KEY_COUNT; i++) {
        if (strcmp(text, attr_key_names[i]) == 0) {
            *key = (AttrKey)i;
            return true;
        }
    }
    return false;
}

bool opcode_parse(const char *text, Opcode *code) {
    for (uint32_t i = 0; i < OPCODE_COUNT; i++) {
        if (strcmp(text, op_info[i].text) == 0) {
            *code = (Opcode)i;
            return true;
        }
    }
    return false;
}

uint32_t opcode_region_count(Opcode code) {
    if (!(op_info[code].traits & REGIONS))
        return 0;
    return code == OP_IF || code == OP_LOOP_WHILE ? 2 : 1;
}

const Type *opcode_result_type(Types *types, Opcode code, const Type *first) {
    switch (op_info[code].results) {
    case RESULT_SAME: return first;
    case RESULT_BOOL: return first ? type_with_scalar(types, first, types->boolean) : NULL;
    case RESULT_I64: return types->i64;
    default: return NULL;
    }
}
