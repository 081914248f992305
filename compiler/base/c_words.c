#include "base/c_words.h"

#include <string.h>

static const char *const words[] = {
    "NULL", "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "const",
    "constexpr", "continue", "decltype", "default", "delete", "do", "double", "else", "enum", "explicit", "export",
    "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "main", "mutable", "namespace",
    "new", "noexcept", "not", "nullptr", "operator", "or", "private", "protected", "public", "register", "restrict",
    "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true", "try",
    "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
    "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "size_t",
    "DLTensor", "DLDevice", "DLDeviceType", "DLDataType", "DLDataTypeCode", NULL,
};

bool c_word_is_taken(const char *word) {
    for (const char *const *taken = words; *taken; taken++)
        if (!strcmp(*taken, word))
            return true;
    return !strncmp(word, "weft_", 5) || !strncmp(word, "kDL", 3);
}
