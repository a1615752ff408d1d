#ifndef WORDS_H
#define WORDS_H

struct totals {
  unsigned long lines;
  unsigned long words;
};

/* Adds what `text` holds; `in_word` carries over from one piece to the next. */
void add_text(struct totals *totals, const char *text, int *in_word);

#endif
