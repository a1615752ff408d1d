#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  const long limit = argc > 1 ? atol(argv[1]) : 100;
  if (limit < 2) return 2;
  char *composite = calloc((size_t)limit + 1, 1);
  if (!composite) return 3;
  const char *gap = "";
  for (long n = 2; n <= limit; ++n) {
    if (composite[n]) continue;
    printf("%s%ld", gap, n);
    gap = " ";
    for (long m = n * n; m <= limit; m += n) composite[m] = 1;
  }
  printf("\n");
  free(composite);
  return 0;
}
