/* Names: interned, NUL-terminated strings. Two names are the same string exactly when they are the
 * same pointer, so `==` compares them. A name lives as long as its interner (the session). */
#ifndef WEFT_BASE_STR_H
#define WEFT_BASE_STR_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef const char *Name;
typedef struct Interner Interner;

Interner *interner_create(Arena *arena);
Name intern(Interner *names, const char *chars, size_t len);
Name intern_cstr(Interner *names, const char *chars);
size_t name_len(Name name); /* constant time */
uint32_t name_hash(Name name);

/* Growable text on an arena; `text_cstr` is always NUL-terminated. */
typedef struct Text {
    Arena *arena;
    char *chars;
    size_t len, cap;
} Text;

void text_append(Text *text, const char *chars, size_t len);
void text_puts(Text *text, const char *chars);
void text_putc(Text *text, char c);
void text_printf(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *text_cstr(Text *text);

/* The edit distance of two words, for "did you mean"; SIZE_MAX when it is over `limit`. */
size_t edit_distance(const char *a, const char *b, size_t limit);

#endif
