/* Texts that are nearly IR: whatever is read, nothing crashes, and what is accepted round-trips.
 *
 *     fuzz_ir [--seconds N] [--seed N] FILE.ir...
 *
 * Each turn takes one of the files and changes it a little: bytes, words against words of all
 * files, numbers against awkward ones, pieces left out, doubled, or put in from another file. To be
 * built with WEFT_SANITIZE. A text that fails is left in fuzz_ir.failed before it is tried. */
#include "base/fs.h"
#include "ir/print.h"
#include "ir/verify.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct Piece {
    const char *chars;
    size_t len;
} Piece;

typedef VEC(Piece) PieceVec;

static uint64_t random_state = 1;
static PieceVec files, words;

static uint32_t pick(size_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return below ? (uint32_t)(random_state % below) : 0;
}

static bool is_word_char(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '%' || c == '@' || c == '!';
}

static Piece word_at(const char *chars, size_t len, size_t at) {
    size_t start = at, end = at;
    while (start > 0 && is_word_char(chars[start - 1]))
        start--;
    while (end < len && is_word_char(chars[end]))
        end++;
    return (Piece){chars + start, end - start};
}

static void add_words(Arena *arena, Piece file) {
    for (size_t at = 0; at < file.len; at++) {
        Piece word = word_at(file.chars, file.len, at);
        if (word.len && word.chars == file.chars + at)
            vec_push(arena, &words, word);
    }
}

/* `text` with `cut` bytes at `at` replaced by `piece`. */
static void splice(Text *text, size_t at, size_t cut, Piece piece) {
    Text made = {.arena = text->arena};
    text_append(&made, text->chars, at);
    text_append(&made, piece.chars, piece.len);
    text_append(&made, text->chars + at + cut, text->len - at - cut);
    text_cstr(&made);
    *text = made;
}

static Piece any_piece(void) {
    Piece file = files.items[pick(files.len)];
    size_t at = pick(file.len), len = pick(pick(2) ? 40 : 400);
    return (Piece){file.chars + at, at + len > file.len ? file.len - at : len};
}

static void change(Text *text) {
    static const char *const numbers[] = {"0",
                                          "-1",
                                          "255",
                                          "9223372036854775807",
                                          "18446744073709551616",
                                          "0x8000000000000000",
                                          "1e400",
                                          "nan",
                                          "-inf",
                                          "64",
                                          "65",
                                          "1.5",
                                          "99999999999999999999999999999999999999"};
    static const char bytes[] = "{}()[]<>,:=%@!\"\\#?x-\n 0\xff";
    size_t at = pick(text->len), cut;
    Piece word = word_at(text->chars, text->len, at);
    switch (pick(6)) {
    case 0:
        splice(text, at, pick(2) && text->len, (Piece){&bytes[pick(sizeof bytes - 1)], 1});
        break;
    case 1:
        splice(text, (size_t)(word.chars - text->chars), word.len, words.items[pick(words.len)]);
        break;
    case 2: {
        const char *number = numbers[pick(sizeof numbers / sizeof *numbers)];
        splice(text, (size_t)(word.chars - text->chars), word.len, (Piece){number, strlen(number)});
        break;
    }
    case 3:
        cut = pick(80);
        splice(text, at, at + cut > text->len ? text->len - at : cut, (Piece){"", 0});
        break;
    case 4: splice(text, at, 0, any_piece()); break;
    default:
        cut = pick(200);
        splice(text, at, 0,
               (Piece){arena_strndup(text->arena, text->chars + at,
                                     at + cut > text->len ? text->len - at : cut),
                       at + cut > text->len ? text->len - at : cut});
    }
}

static const char *print_text(Arena *arena, Module *module, size_t *len) {
    Text text = {.arena = arena};
    module_print(&text, module);
    const char *chars = text_cstr(&text);
    *len = text.len;
    return chars;
}

/* Whether the text was accepted. */
static bool try_text(Arena *arena, const char *chars, size_t len) {
    Interner *names = interner_create(arena);
    Sources *sources = sources_create(arena);
    Diags *diags = diags_create(arena, sources);
    Types *types = types_create(arena, names);
    Module *module =
        module_parse(arena, types, names, sources, diags, sources_add(sources, "fuzz", chars, len));
    Text messages = {.arena = arena};
    diags_render(diags, DIAG_TEXT, &messages);
    if (!module && !diags_errors(diags))
        weft_bug("a text was refused without a message");
    if (!module)
        return false;
    size_t once_len, twice_len;
    const char *once = print_text(arena, module, &once_len);
    Module *again = module_parse(arena, types, names, sources, diags,
                                 sources_add(sources, "again", once, once_len));
    if (!again)
        weft_bug("what was printed cannot be read: %s",
                 diags_get(diags, diags_count(diags) - 1)->message);
    const char *twice = print_text(arena, again, &twice_len);
    if (once_len != twice_len || memcmp(once, twice, once_len))
        weft_bug("what was printed comes back differently");
    return true;
}

static void leave(const char *chars, size_t len) {
    FILE *file = fopen("fuzz_ir.failed", "wb");
    if (!file)
        return;
    fwrite(chars, 1, len, file);
    fclose(file);
}

static bool turn(void) {
    Arena *arena = arena_create();
    Piece file = files.items[pick(files.len)];
    Text text = {.arena = arena};
    text_append(&text, file.chars, file.len);
    for (uint32_t changes = 1 + pick(pick(4) ? 3 : 30); changes > 0; changes--)
        change(&text);
    const char *chars = text_cstr(&text);
    leave(chars, text.len);
    bool accepted = try_text(arena, chars, text.len);
    arena_destroy(arena);
    return accepted;
}

int main(int argc, char **argv) {
    Arena *arena = arena_create();
    long seconds = 10, seed = 1;
    for (int i = 1; i < argc; i++) {
        char *bytes;
        size_t len;
        if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
            seconds = atol(argv[++i]);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = atol(argv[++i]);
        else if (fs_read(arena, argv[i], &bytes, &len) == NULL && len)
            vec_push(arena, &files, ((Piece){bytes, len}));
    }
    if (files.len == 0) {
        fprintf(stderr, "usage: fuzz_ir [--seconds N] [--seed N] FILE.ir...\n");
        return 2;
    }
    VEC_FOR_EACH (i, &files)
        add_words(arena, files.items[i]);
    random_state = (uint64_t)seed * 0x9E3779B97F4A7C15u + 1;
    unsigned long turns = 0, accepted = 0;
    for (time_t end = time(NULL) + seconds; time(NULL) < end; turns++)
        accepted += turn();
    remove("fuzz_ir.failed");
    printf("%lu of the texts were accepted\n%lu passed, 0 failed\n", accepted, turns);
    arena_destroy(arena);
    return 0;
}
