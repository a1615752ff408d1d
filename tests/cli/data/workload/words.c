#include "words.h"

#include <ctype.h>

void add_text(struct totals *totals, const char *text, int *in_word) {
  for (; *text; ++text) {
    if (*text == '\n') ++totals->lines;
    if (isspace((unsigned char)*text)) {
      *in_word = 0;
    } else if (!*in_word) {
      *in_word = 1;
      ++totals->words;
    }
  }
}
