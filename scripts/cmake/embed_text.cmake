# Writes OUT: a C++ source that holds the text of IN as engine::embedded::SYMBOL.
file(READ ${IN} text)
string(LENGTH "${text}" length)
# A raw string literal may hold 64 KiB portably; cut it into pieces that the compiler joins again.
set(pieces "")
set(at 0)
while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND pieces "R\"~embedded~(${piece})~embedded~\"\n")
    math(EXPR at "${at} + 8000")
endwhile()
file(WRITE ${OUT} "// Made from ${IN} by embed_text(). Do not edit.
#include <string_view>
namespace engine::embedded {
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL} = ${pieces};
} // namespace engine::embedded
")
