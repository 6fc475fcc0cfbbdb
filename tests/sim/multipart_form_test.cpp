#include "engine/sim/multipart_form.hpp"

#include "engine/http/multipart.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

using namespace engine::sim;

namespace {

std::string refusal(std::string_view body, std::string_view boundary = "b",
                    const form_limits& limits = {})
{
    const auto parts = read_multipart(body, boundary, limits);
    return parts ? "" : parts.error();
}

} // namespace

TEST_CASE("a form that our own client builds reads back part by part")
{
    engine::http::multipart_builder form("boundary-1");
    form.add_field("prompt", "two lines\r\nand --boundary");
    form.add_field("empty", "");
    form.add_file("image[]", "odd \"name\".png", "image/png",
                  std::make_shared<const std::string>(std::string("\x89PNG\0\r\n--x", 10)));
    const auto made = std::move(form).finish();
    REQUIRE(made);
    std::string body;
    for (const auto& piece : made->body)
        body += *piece;
    const std::string boundary = boundary_of(made->content_type);
    CHECK(boundary == "boundary-1");
    const auto parts = read_multipart(body, boundary);
    REQUIRE(parts);
    REQUIRE(parts->size() == 3);
    CHECK((*parts)[0].name == "prompt");
    CHECK((*parts)[0].content == "two lines\r\nand --boundary");
    CHECK(!(*parts)[0].has_file_name);
    CHECK((*parts)[1].content.empty());
    CHECK((*parts)[2].name == "image[]");
    CHECK((*parts)[2].file_name == "odd \"name\".png");
    CHECK((*parts)[2].content_type == "image/png");
    CHECK((*parts)[2].content.size() == 10);
}

TEST_CASE("the recorded form of the contract reads as it is written")
{
    const std::string text = support::golden("contract/edit_multipart.txt");
    const std::string body = text.substr(text.find("\r\n\r\n") + 4);
    const auto parts = read_multipart(body, "engineBoundary0001");
    REQUIRE(parts);
    std::string names;
    for (const auto& part : *parts)
        names += part.name + " ";
    CHECK(names ==
          "model prompt image[] image[] mask size quality n output_format stream partial_images ");
    CHECK((*parts)[3].content_type == "image/jpeg");
    CHECK((*parts)[9].content == "true");
}

TEST_CASE("a boundary is found however its parameter is written, or not at all")
{
    CHECK(boundary_of("multipart/form-data; boundary=abc") == "abc");
    CHECK(boundary_of("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b;c\"") == "a b;c");
    CHECK(boundary_of("multipart/form-data").empty());
    CHECK(boundary_of("application/json; boundary=abc").empty());
    CHECK(boundary_of("multipart/form-data; boundary=" + std::string(71, 'x')).empty());
    CHECK(boundary_of("").empty());
}

TEST_CASE("broken forms are refused with a sentence, at every cut")
{
    const std::string whole = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--";
    REQUIRE(refusal(whole).empty());
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        CHECK_MESSAGE(!refusal(whole.substr(0, cut)).empty(), cut);
    CHECK(refusal("preamble\r\n" + whole) == "the body does not begin with its boundary");
    CHECK(refusal("--b\r\n\r\nx\r\n--b--") == "a part has no name");
    CHECK(refusal("--b\r\nno colon\r\n\r\nx\r\n--b--") == "a part has a header line without ':'");
    CHECK(refusal("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--") ==
          "a part's Content-Disposition is not form-data");
    CHECK(refusal("--b\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--") ==
          "transfer encodings of parts are not supported");
    CHECK(refusal("--bogus\r\n") == "a boundary is not followed by a line break");
}

TEST_CASE("forms are bounded: parts, and headers of a part")
{
    std::string many;
    for (int i = 0; i < 5; ++i)
        many += "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    many += "--b--";
    CHECK(refusal(many, "b", {.parts_max = 5}).empty());
    CHECK(refusal(many, "b", {.parts_max = 4}) == "too many parts");
    CHECK(refusal("--b\r\nX: " + std::string(9000, 'x') + "\r\n\r\nx\r\n--b--") ==
          "the headers of a part do not end");
}
