#include "base/str.h"

#include <stdio.h>
#include <string.h>

typedef struct NameHeader {
    uint32_t hash, len;
} NameHeader;

struct Interner {
    Arena *arena;
    Name *slots; /* open addressing; a power of two, at most half full */
    uint32_t count, mask;
};

static uint32_t hash_bytes(const char *chars, size_t len) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)chars[i]) * 16777619u;
    return hash;
}

static const NameHeader *header_of(Name name) {
    return (const NameHeader *)(const void *)name - 1;
}

size_t name_len(Name name) {
    return header_of(name)->len;
}

uint32_t name_hash(Name name) {
    return header_of(name)->hash;
}

Interner *interner_create(Arena *arena) {
    Interner *names = arena_new(arena, Interner);
    names->arena = arena;
    names->mask = 1023;
    names->slots = arena_array(arena, Name, names->mask + 1);
    return names;
}

static void double_slots(Interner *names) {
    Name *old = names->slots;
    uint32_t old_size = names->mask + 1;
    names->mask = old_size * 2 - 1;
    names->slots = arena_array(names->arena, Name, names->mask + 1);
    for (uint32_t i = 0; i < old_size; i++) {
        if (!old[i])
            continue;
        uint32_t at = name_hash(old[i]) & names->mask;
        while (names->slots[at])
            at = (at + 1) & names->mask;
        names->slots[at] = old[i];
    }
}

static Name make_name(Arena *arena, const char *chars, size_t len, uint32_t hash) {
    NameHeader *header = arena_alloc(arena, sizeof *header + len + 1);
    *header = (NameHeader){hash, (uint32_t)len};
    char *copy = (char *)(header + 1);
    if (len)
        memcpy(copy, chars, len);
    return copy;
}

Name intern(Interner *names, const char *chars, size_t len) {
    uint32_t hash = hash_bytes(chars, len);
    uint32_t at = hash & names->mask;
    for (; names->slots[at]; at = (at + 1) & names->mask) {
        Name found = names->slots[at];
        if (name_hash(found) == hash && name_len(found) == len && !memcmp(found, chars, len))
            return found;
    }
    Name name = make_name(names->arena, chars, len, hash);
    names->slots[at] = name;
    if (++names->count * 2 > names->mask)
        double_slots(names);
    return name;
}

Name intern_cstr(Interner *names, const char *chars) {
    return intern(names, chars, strlen(chars));
}

static void reserve(Text *text, size_t more) {
    if (text->len + more + 1 <= text->cap)
        return;
    size_t cap = text->cap ? text->cap * 2 : 256;
    while (cap < text->len + more + 1)
        cap *= 2;
    char *grown = arena_alloc(text->arena, cap);
    if (text->len)
        memcpy(grown, text->chars, text->len);
    text->chars = grown;
    text->cap = cap;
}

void text_append(Text *text, const char *chars, size_t len) {
    reserve(text, len);
    if (len)
        memcpy(text->chars + text->len, chars, len);
    text->len += len;
    text->chars[text->len] = '\0';
}

void text_puts(Text *text, const char *chars) {
    text_append(text, chars, strlen(chars));
}

void text_putc(Text *text, char c) {
    text_append(text, &c, 1);
}

void text_printf(Text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    reserve(text, (size_t)len);
    vsnprintf(text->chars + text->len, (size_t)len + 1, format, again);
    va_end(again);
    text->len += (size_t)len;
}

const char *text_cstr(Text *text) {
    reserve(text, 0);
    text->chars[text->len] = '\0';
    return text->chars;
}

/* The rows of the table are three of a ring. A row whose cells are all past the limit ends it: later ones only grow
 * (a swap looks two rows back, so two in a row must be). */
size_t edit_distance(const char *a, const char *b, size_t limit) {
    enum { LONGEST = 64 };
    size_t la = strlen(a), lb = strlen(b);
    if (la >= LONGEST || lb >= LONGEST || (la > lb ? la - lb : lb - la) > limit)
        return SIZE_MAX;
    uint8_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = (uint8_t)j;
    bool above_is_past = false;
    for (size_t i = 1; i <= la; i++) {
        uint8_t *row = rows[i % 3];
        const uint8_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (uint8_t)i;
        uint8_t least = row[0];
        for (size_t j = 1; j <= lb; j++) {
            uint8_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            uint8_t added = row[j - 1] < above[j] ? row[j - 1] + 1 : above[j] + 1;
            best = added < best ? added : best;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && two_above[j - 2] + 1 < best)
                best = two_above[j - 2] + 1;
            row[j] = best;
            least = best < least ? best : least;
        }
        if (least > limit && above_is_past)
            return SIZE_MAX;
        above_is_past = least > limit;
    }
    size_t distance = rows[la % 3][lb];
    return distance <= limit ? distance : SIZE_MAX;
}
