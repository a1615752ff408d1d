// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "brood/text.hpp"

using namespace brood;

TEST_CASE("printable text stays as it is") {
  for (const std::string text :
       {"", "plain", "a b", "back\\slash", "\u00e9t\u00e9", "\u65e5\u672c", "\U0001f411", "~"}) {
    CAPTURE(text);
    CHECK(printable(text) == text);
  }
}

TEST_CASE("control characters become visible") {
  CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(printable("\033[31m") == "\\e[31m");
  CHECK(printable("\x01\x1f\x7f") == "\\x01\\x1f\\x7f");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("C1 control characters become visible") {
  CHECK(printable("\xc2\x80") == "\\xc2\\x80");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(printable("\xc2\x9f") == "\\xc2\\x9f");
  CHECK(printable("\xc2\xa0") == "\xc2\xa0");
}

TEST_CASE("bytes that are not UTF-8 become visible, one by one") {
  CHECK(printable("caf\xe9") == "caf\\xe9");
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");  // cut short
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");  // overlong '/'
  CHECK(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(printable("\xc3"
                  "A") ==
        "\\xc3"
        "A");
}

TEST_CASE("characters that reorder or break a line unseen become visible") {
  // U+2028 LINE SEPARATOR, U+FEFF, and every character with the property Bidi_Control.
  for (const std::string text :
       {"\u2028", "\u2029", "\ufeff", "\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
        "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    const std::string shown = printable(text);
    CAPTURE(shown);
    CHECK(shown.substr(0, 2) == "\\x");
  }
  CHECK(printable("\u202e") == "\\xe2\\x80\\xae");
}

TEST_CASE("a shell word is quoted only where it has to be") {
  CHECK(shell_word("plain-1_2.3/4:5=6,7@8%9^+") == "plain-1_2.3/4:5=6,7@8%9^+");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("two words") == "'two words'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("$HOME") == "'$HOME'");
  CHECK(shell_word("a;b") == "'a;b'");
  CHECK(shell_word("*") == "'*'");
  CHECK(shell_word("~") == "'~'");
  CHECK(shell_word("a\nb") == "'a\\nb'");
}

TEST_CASE("UTF-8 is told from everything else") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\x7f"));
  CHECK(is_utf8("\u0080\u07ff\u0800\uffff\U00010000\U0010ffff"));
  for (const std::string text :
       {"\x80", "\xbf", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "a\xe9z", "\xe2\x82"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u00e9") == 1);
  CHECK(display_width("e\u0301") == 1);  // a combining accent
  CHECK(display_width("\u65e5\u672c\u8a9e") == 6);
  CHECK(display_width("\ud55c") == 2);      // Hangul
  CHECK(display_width("\uff21") == 2);      // fullwidth A
  CHECK(display_width("\U0001f411") == 2);  // a sheep
}

TEST_CASE("emoji outside the pictograph blocks are wide, too") {
  CHECK(display_width("\u2705") == 2);  // white heavy check mark
  CHECK(display_width("\u231a") == 2);  // watch
  CHECK(display_width("\u2b50") == 2);  // star
}

TEST_CASE("text is cut to fit, and says so") {
  CHECK(fit("hello", 5) == "hello");
  CHECK(fit("hello", 4) == "hel\u2026");
  CHECK(fit("hello", 1) == "\u2026");
  CHECK(fit("hello", 0) == "");
  CHECK(fit("", 0) == "");
  CHECK(fit("\u65e5\u672c\u8a9e", 4) == "\u65e5\u2026");
  CHECK(fit("\u65e5\u672c\u8a9e", 5) == "\u65e5\u672c\u2026");
  CHECK(fit("e\u0301abc", 2) == "e\u0301\u2026");
}

TEST_CASE("whatever is cut to fit does fit") {
  for (const std::string text :
       {"hello world", "\u65e5\u672c\u8a9e\u65e5\u672c", "a\u65e5b\u672cc", "e\u0301e\u0301e\u0301",
        "\xff\xfe\xfd\xfc", "\U0001f411\U0001f411\U0001f411"})
    for (std::size_t columns = 0; columns <= 12; ++columns)
      CHECK(display_width(fit(text, columns)) <= columns);
}

TEST_CASE("names that no job may bear are refused with a reason") {
  CHECK(job_name_problem("") != "");
  CHECK(job_name_problem(std::string(256, 'x')) != "");
  for (const std::string name : {"a/b", "/", "1", "0123456789", "@self", "@", "-x", "-", "a\nb", "a\x7f",
                                 "\033[0m", "\xc2\x85", "a\u202e", "caf\xe9"}) {
    CAPTURE(name);
    CHECK(job_name_problem(name) != "");
  }
  CHECK(job_name_problem(std::string_view("a\0b", 3)) != "");
}

TEST_CASE("every other name is fully usable") {
  CHECK(job_name_problem(std::string(255, 'x')) == "");
  for (const std::string name : {"web", "a b", "1a", "a1", "a@b", "a-b", ".", "..", "$HOME", "it's", "\"",
                                 "\\", "*", " ", "+1", "1.5", "\u00e9t\u00e9", "\u65e5\u672c", "\u0661"}) {
    CAPTURE(name);
    CHECK(job_name_problem(name) == "");
  }
}
