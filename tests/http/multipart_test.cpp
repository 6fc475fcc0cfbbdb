#include "engine/http/errc.hpp"
#include "engine/http/multipart.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace engine::http;

namespace {

body_piece file(std::string text)
{
    return std::make_shared<const std::string>(std::move(text));
}

std::string joined(const std::vector<body_piece>& pieces)
{
    std::string text;
    for (const auto& piece : pieces)
        text += *piece;
    return text;
}

} // namespace

TEST_CASE("fields and files become the parts that RFC 7578 describes")
{
    multipart_builder form("xyz");
    form.add_field("model", "gpt-image-2");
    form.add_file("image[]", "reference-1.png", "image/png", file("\x89PNG\r\n"));
    form.add_file("image[]", "reference-2.jpg", "image/jpeg", file(""));
    form.add_field("prompt", "two\r\nlines");
    const auto made = std::move(form).finish();
    REQUIRE(made.has_value());
    CHECK(made->content_type == "multipart/form-data; boundary=xyz");
    CHECK(joined(made->body) ==
          "--xyz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-2\r\n"
          "--xyz\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"reference-1.png\""
          "\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n"
          "--xyz\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"reference-2.jpg\""
          "\r\nContent-Type: image/jpeg\r\n\r\n\r\n"
          "--xyz\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\ntwo\r\nlines\r\n"
          "--xyz--\r\n");
}

TEST_CASE("files are shared with the body, never copied")
{
    const auto photo = file(std::string(1 << 20, 'p'));
    multipart_builder form(boundary_from("seed"));
    form.add_file("image", "a.png", "image/png", photo);
    const auto made = std::move(form).finish();
    REQUIRE(made.has_value());
    CHECK(std::find(made->body.begin(), made->body.end(), photo) != made->body.end());
}

TEST_CASE("names cannot leave their quotes")
{
    multipart_builder form("xyz");
    form.add_file("a\"b", "c\r\nX-Evil: 1\".png", "image/png", file("x"));
    const auto text = joined(std::move(form).finish()->body);
    CHECK(text.find("name=\"a%22b\"; filename=\"c%0D%0AX-Evil: 1%22.png\"\r\n") !=
          std::string::npos);
}

TEST_CASE("a form whose parts could be misread is refused")
{
    const auto refused = [](multipart_builder form) {
        const auto made = std::move(form).finish();
        return !made && made.error().code == errc::invalid_request;
    };
    CHECK(refused(multipart_builder("")));
    CHECK(refused(multipart_builder("a b")));
    CHECK(refused(multipart_builder(std::string(71, 'a'))));
    multipart_builder in_field(std::string(60, 'a'));
    in_field.add_field("prompt", "..." + std::string(60, 'a'));
    CHECK(refused(std::move(in_field)));
    multipart_builder in_file("short");
    in_file.add_file("image", "a.png", "image/png", file("has --short in it"));
    CHECK(refused(std::move(in_file)));
    multipart_builder media_type("xyz");
    media_type.add_file("image", "a.png", "image/png\r\nX: 1", file("x"));
    CHECK(refused(std::move(media_type)));
}

TEST_CASE("a boundary made from a seed is long, legal and its own")
{
    CHECK(boundary_from("a").size() >= 32);
    CHECK(boundary_from("a") == boundary_from("a"));
    CHECK(boundary_from("a") != boundary_from("b"));
    CHECK(std::move(multipart_builder(boundary_from("a"))).finish().has_value());
}
