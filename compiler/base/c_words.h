/* Names that C, C++ or the header of a library keeps for itself, and Weft does not. */
#ifndef WEFT_BASE_C_WORDS_H
#define WEFT_BASE_C_WORDS_H

#include <stdbool.h>

bool c_word_is_taken(const char *word);

#endif
