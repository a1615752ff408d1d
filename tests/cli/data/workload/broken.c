#include "words.h"

int main(void) {
  struct totals totals = {0, 0};
  return totals.sentences; /* there is no such member: this file is to fail */
}
