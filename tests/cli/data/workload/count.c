#include <stdio.h>

#include "words.h"

int main(void) {
  struct totals totals = {0, 0};
  char piece[64];
  int in_word = 0;
  while (fgets(piece, sizeof piece, stdin)) add_text(&totals, piece, &in_word);
  printf("%lu lines, %lu words\n", totals.lines, totals.words);
  return 0;
}
