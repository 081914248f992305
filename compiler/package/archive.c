#include "package/archive.h"

#include "base/vec.h"

#include <elf.h>

typedef struct IndexEntry {
    uint32_t member;
    const char *symbol;
} IndexEntry;

typedef VEC(IndexEntry) Index;

static const Elf64_Shdr *section_at(const ArchiveMember *member, const Elf64_Ehdr *header, uint32_t index) {
    uint64_t at = header->e_shoff + (uint64_t)index * sizeof(Elf64_Shdr);
    return at + sizeof(Elf64_Shdr) <= member->size ? (const Elf64_Shdr *)(const void *)(member->bytes + at) : NULL;
}

static bool is_defined_global(const Elf64_Sym *symbol) {
    uint8_t binding = ELF64_ST_BIND(symbol->st_info);
    return (binding == STB_GLOBAL || binding == STB_WEAK) && symbol->st_shndx != SHN_UNDEF;
}

static bool index_symbols(Arena *arena, Index *index, const ArchiveMember *members, uint32_t m) {
    const ArchiveMember *member = &members[m];
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)member->bytes;
    if (member->size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG))
        return false;
    for (uint32_t s = 0; s < header->e_shnum; s++) {
        const Elf64_Shdr *table = section_at(member, header, s);
        if (!table || table->sh_type != SHT_SYMTAB)
            continue;
        const Elf64_Shdr *strings = section_at(member, header, table->sh_link);
        if (!strings || table->sh_offset + table->sh_size > member->size)
            return false;
        const Elf64_Sym *symbols = (const Elf64_Sym *)(const void *)(member->bytes + table->sh_offset);
        for (uint64_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
            IndexEntry entry = {m, (const char *)member->bytes + strings->sh_offset + symbols[i].st_name};
            if (is_defined_global(&symbols[i]))
                vec_push(arena, index, entry);
        }
    }
    return true;
}

static void print_member_header(Text *out, const char *name, size_t size) {
    text_printf(out, "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", name, "0", "0", "0", "644", size);
}

static void print_big_endian(Text *out, uint32_t value) {
    char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};
    text_append(out, bytes, 4);
}

enum { MAGIC_SIZE = 8, HEADER_SIZE = 60 };

const char *archive_build(Text *out, const ArchiveMember *members, uint32_t count) {
    Arena *arena = out->arena;
    Index index = {0};
    for (uint32_t m = 0; m < count; m++)
        if (!index_symbols(arena, &index, members, m))
            return arena_printf(arena, "%s is not an ELF object", members[m].name);

    /* Names over 15 characters lie in a member of their own, "//"; the others end in a slash. */
    Text long_names = {.arena = arena};
    VEC(const char *) names = {0};
    for (uint32_t m = 0; m < count; m++) {
        bool is_long = strlen(members[m].name) > 15;
        vec_push(arena, &names, is_long ? arena_printf(arena, "/%zu", long_names.len)
                                        : arena_printf(arena, "%s/", members[m].name));
        if (is_long)
            text_printf(&long_names, "%s/\n", members[m].name);
    }
    size_t index_size = 4 + 4 * (size_t)index.len;
    VEC_FOR_EACH (i, &index)
        index_size += strlen(index.items[i].symbol) + 1;
    size_t at = MAGIC_SIZE + HEADER_SIZE + index_size + index_size % 2;
    if (long_names.len)
        at += HEADER_SIZE + long_names.len + long_names.len % 2;
    uint32_t *offsets = arena_array(arena, uint32_t, count);
    for (uint32_t m = 0; m < count; m++) {
        offsets[m] = (uint32_t)at;
        at += HEADER_SIZE + members[m].size + members[m].size % 2;
    }

    text_append(out, "!<arch>\n", MAGIC_SIZE);
    print_member_header(out, "/", index_size);
    print_big_endian(out, index.len);
    VEC_FOR_EACH (i, &index)
        print_big_endian(out, offsets[index.items[i].member]);
    VEC_FOR_EACH (i, &index)
        text_append(out, index.items[i].symbol, strlen(index.items[i].symbol) + 1);
    if (index_size % 2)
        text_append(out, "\0", 1);
    if (long_names.len) {
        print_member_header(out, "//", long_names.len);
        text_append(out, long_names.chars, long_names.len);
        if (long_names.len % 2)
            text_putc(out, '\n');
    }
    for (uint32_t m = 0; m < count; m++) {
        print_member_header(out, names.items[m], members[m].size);
        text_append(out, (const char *)members[m].bytes, members[m].size);
        if (members[m].size % 2)
            text_putc(out, '\n');
    }
    return NULL;
}
