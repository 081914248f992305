/* weft config: what a C compiler needs beside a library that Weft built. weft targets: what there is. */
#include "driver/compile.h"

#include <stdio.h>

int cmd_config(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_CONFIG, argc, argv, &options))
        return 1;
    if (options.words.len)
        return fail("weft config takes no `%s`", options.words.items[0]);
    if (!options.cflags && !options.libs && !options.prefix)
        return fail("weft config wants --cflags, --libs or --prefix");
    const char *gap = "";
    if (options.prefix) {
        printf("%s", install_path(arena, ""));
        gap = " ";
    }
    if (options.cflags) {
        printf("%s-I%s", gap, install_path(arena, "include"));
        gap = " ";
    }
    if (options.libs && options.shared)
        printf("%s-L%s -lweft_rt -Wl,-rpath,%s -lm -lpthread -ldl", gap, install_path(arena, "lib"), install_path(arena, "lib"));
    else if (options.libs)
        printf("%s%s -lm -lpthread -ldl", gap, install_path(arena, "lib/libweft_rt.a"));
    putchar('\n');
    return 0;
}

int cmd_targets(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_TARGETS, argc, argv, &options))
        return 1;
    const Target *native = target_native(arena);
    printf("native       this machine: %s, %s, vectors of %u bits\n", native->name, native->cpu, native->simd_bits);
    const TargetVendor *vendor;
    for (uint32_t v = 0; (vendor = target_vendor_at(v)); v++) {
        printf("\n%s (%s)\n", vendor->name, vendor->vendor);
        for (uint32_t i = 0; i < vendor->arch_count; i++) {
            const Target *t = &vendor->archs[i];
            printf("  %-18s warps of %u, %u KB of shared memory%s\n", t->name, t->warp_size, t->shared_bytes / 1024,
                   !vendor->is_gpu && target_runs_here(t) ? ", runs here" : "");
        }
    }
    return 0;
}
