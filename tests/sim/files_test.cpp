// The Files API, and edits that name files.
#include "engine/sim/file_store.hpp"
#include "tests/sim/asking.hpp"

#include <doctest/doctest.h>

using namespace engine;
using support::answered;
using support::asking;
using support::json;

namespace {

http::body_piece bytes_of(const std::string& text)
{
    return std::make_shared<const std::string>(text);
}

std::string code_of(const answered& got)
{
    return std::to_string(got.status) + " " + std::string(got.error()["code"].text_or("-")) + " " +
           std::string(got.error()["param"].text_or("-"));
}

answered json_edit(asking& simulator, const json& fields)
{
    http::header_list headers;
    headers.add("Content-Type", "application/json");
    return simulator.ask("POST", "/v1/images/edits", fields.dump(), std::move(headers));
}

} // namespace

TEST_CASE("a file can be uploaded, described, listed, read and deleted")
{
    asking simulator;
    const auto id = simulator.upload(bytes_of("some bytes"));
    CHECK(id.starts_with("file-"));
    const auto described = simulator.ask("GET", "/v1/files/" + id).document();
    CHECK(described["object"].text_or("") == "file");
    CHECK(described["bytes"].integer_or(0) == 10);
    CHECK(described["filename"].text_or("") == "picture.png");
    CHECK(described["purpose"].text_or("") == "vision");
    CHECK(described["status"].text_or("") == "processed");
    CHECK(described["created_at"].integer_or(0) > 0);
    const auto content = simulator.ask("GET", "/v1/files/" + id + "/content");
    CHECK(content.body == "some bytes");
    CHECK(content.header("content-type") == "application/octet-stream");

    const auto other = simulator.upload(bytes_of("more"), "user_data");
    CHECK(other != id);
    const auto list = simulator.ask("GET", "/v1/files").document();
    CHECK(list["object"].text_or("") == "list");
    CHECK(list["has_more"].bool_or(true) == false);
    REQUIRE(list["data"].items().size() == 2);
    CHECK(list["data"].items()[0]["id"].text_or("") == other); // the newest first
    CHECK(simulator.ask("GET", "/v1/files?purpose=vision").document()["data"].items().size() == 1);
    const auto page = simulator.ask("GET", "/v1/files?limit=1&order=asc").document();
    CHECK(page["has_more"].bool_or(false));
    CHECK(page["last_id"].text_or("") == id);
    CHECK(simulator.ask("GET", "/v1/files?order=asc&after=" + id)
              .document()["first_id"]
              .text_or("") == other);

    const auto gone = simulator.ask("DELETE", "/v1/files/" + id).document();
    CHECK(gone["deleted"].bool_or(false));
    CHECK(gone["id"].text_or("") == id);
    for (const std::string method : {"GET", "DELETE"})
        CHECK(code_of(simulator.ask(method, "/v1/files/" + id)) == "404 - id");
    CHECK(simulator.ask("GET", "/v1/files/" + id + "/content").status == 404);
}

TEST_CASE("uploads that are wrong are refused by name")
{
    asking simulator;
    const auto with = [&](const std::string& purpose, bool file) {
        http::multipart_builder form("a-boundary");
        if (!purpose.empty())
            form.add_field("purpose", purpose);
        if (file)
            form.add_file("file", "a.png", "image/png", bytes_of("x"));
        return code_of(simulator.send("/v1/files", std::move(form)));
    };
    CHECK(with("vision", true) == "200 - -");
    CHECK(with("", true) == "400 missing_required_parameter purpose");
    CHECK(with("vision", false) == "400 missing_required_parameter file");
    CHECK(with("decoration", true) == "400 invalid_value purpose");
    http::multipart_builder strange("a-boundary");
    strange.add_field("colour", "red");
    CHECK(code_of(simulator.send("/v1/files", std::move(strange))) ==
          "400 unknown_parameter colour");
    CHECK(simulator.ask("POST", "/v1/files", "{}").status == 400);
    CHECK(simulator.ask("PUT", "/v1/files").status == 405);
}

TEST_CASE("files are bounded in bytes and number; deleting makes room")
{
    asking simulator(support::quiet_profile(), {.files = {.bytes_max = 3000, .files_max = 2}});
    const auto first = simulator.upload(bytes_of(std::string(1000, 'a')));
    http::multipart_builder large("a-boundary");
    large.add_field("purpose", "vision");
    large.add_file("file", "a.png", "image/png", bytes_of(std::string(2500, 'b')));
    CHECK(code_of(simulator.send("/v1/files", large)) == "413 storage_limit_exceeded file");
    simulator.ask("DELETE", "/v1/files/" + first);
    CHECK(simulator.send("/v1/files", large).status == 200);
}

TEST_CASE("a JSON edit takes data URLs and files")
{
    asking simulator;
    const auto file = support::png_file(image::blank({64, 64}, false));
    const auto mask = support::png_file(image::blank({64, 64}, true));
    const auto id = simulator.upload(file);
    const auto by_id = json::make_object({{"file_id", id}});
    const auto by_url = json::make_object({{"image_url", support::data_url(file)}});
    const auto with = [&](const json& images, std::initializer_list<json::member> more = {}) {
        auto fields = json::make_object({{"model", "gpt-image-2"}, {"prompt", "a lamp"}});
        fields.set("images", images);
        for (const auto& [name, value] : more)
            fields.set(name, value);
        return json_edit(simulator, fields);
    };
    const auto good = with(json::array{by_id, by_url},
                           {{"mask", json::make_object({{"image_url", support::data_url(mask)}})}});
    REQUIRE_MESSAGE(good.status == 200, good.body);
    CHECK(good.document()["usage"]["input_tokens_details"]["image_tokens"].integer_or(0) > 0);
    support::decoded(good.document()["data"].items()[0]["b64_json"].text_or(""));
    CHECK(with(json::array{by_id}).document()["usage"] ==
          with(json::array{by_url}).document()["usage"]);
    CHECK(code_of(with(json::array{})) == "400 empty_array images");
    CHECK(code_of(with("x")) == "400 invalid_type images");
    CHECK(code_of(with(json::array(17, by_id))) == "400 array_above_max_length images");
    CHECK(code_of(with(json::array{json::make_object({{"file_id", "file-x"}})})) ==
          "400 image_file_not_found images[0]");
    CHECK(code_of(with(json::array{json::make_object()})) == "400 invalid_value images[0]");
    CHECK(code_of(with(json::array{
              json::make_object({{"file_id", id}, {"image_url", support::data_url(file)}})})) ==
          "400 invalid_value images[0]");
    CHECK(
        code_of(with(json::array{json::make_object({{"image_url", "https://a.example/b.png"}})})) ==
        "400 failed_to_download_image images[0]");
    CHECK(code_of(with(json::array{by_id}, {{"mask", by_id}})) == "400 invalid_image_file mask");
    CHECK(code_of(with(json::array{by_id}, {{"colour", "red"}})) == "400 unknown_parameter colour");
    CHECK(simulator.bill()["requests"].items().back()["api"].text_or("") == "edits");
}
