/* The .weft files that a command line means: files as they are, folders with all that they hold, in order. */
#ifndef WEFT_DRIVER_FIND_FILES_H
#define WEFT_DRIVER_FIND_FILES_H

#include "driver/options.h"

void find_source_files(Arena *arena, StringVec *files, const char *path);

#endif
