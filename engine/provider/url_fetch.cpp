#include "engine/provider/url_fetch.hpp"

namespace engine::provider {

namespace {

constexpr std::uint64_t image_bytes_max = 128u << 20; // as blob_scanner has it

class sink_writer final : public http::response_handler {
public:
    explicit sink_writer(image_sink& sink) : sink_(sink) {}

    base::result<void> on_head(const http::response_head& head) override
    {
        if (head.status != 200)
            return base::fail(std::make_error_code(std::errc::no_such_file_or_directory),
                              "fetch the image",
                              "HTTP status " + std::to_string(head.status) +
                                  (head.status / 100 == 3 ? "; redirects are not followed" : ""));
        return remember(sink_.begin());
    }
    base::result<void> on_body(std::string_view piece) override
    {
        bytes_ += piece.size();
        if (bytes_ > image_bytes_max)
            return base::fail(std::make_error_code(std::errc::file_too_large), "fetch the image",
                              "more than 128 MiB");
        return remember(sink_.write(base::as_bytes(piece)));
    }

    [[nodiscard]] bool sink_failed() const { return sink_failed_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    base::result<void> remember(base::result<void> done)
    {
        sink_failed_ = sink_failed_ || !done;
        return done;
    }

    image_sink& sink_;
    std::uint64_t bytes_ = 0;
    bool sink_failed_ = false;
};

base::failure refused(std::string why)
{
    return {std::make_error_code(std::errc::permission_denied), "fetch the image", std::move(why)};
}

} // namespace

runtime::task<fetched_url> fetch_url(http::client& client, std::string address, bool https_only,
                                     image_sink& sink, runtime::call_context context)
{
    fetched_url result;
    auto where = http::parse_url(address);
    if (!where) {
        result.failure = where.error();
        co_return result;
    }
    if (https_only && !where->where.tls) {
        result.failure = refused("the address is not https");
        co_return result;
    }
    http::request wanted;
    wanted.target = where->target;
    wanted.headers.add("Accept", "image/*");
    sink_writer writer(sink);
    const auto exchange =
        co_await client.exchange(where->where, std::move(wanted), writer, std::move(context));
    result.bytes_received = exchange.bytes_received;
    result.sink_failed = writer.sink_failed();
    if (exchange.failure)
        result.failure = exchange.failure;
    else if (!exchange.complete || writer.bytes() == 0)
        result.failure = refused("no image came");
    co_return result;
}

} // namespace engine::provider
