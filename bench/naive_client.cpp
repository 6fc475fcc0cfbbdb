// naive_client: the baseline of bench/throughput.py: what one writes in an afternoon to get
// pictures from an image API, in C++ and with good libraries.
//
// One blocking socket in each of THREADS threads. An answer is collected whole, parsed whole
// (simdjson), decoded whole (OpenSSL) and written to a file. `careful` adds what darkroom does for
// every picture before it calls it delivered: SHA-256, a full decode (libpng), and the file on the
// disk before the next request. There is no ledger, no retry, no limit and no thumbnail. It trusts
// its server, so it is for the look-alike only; anything unexpected ends the program.
//
//   naive_client PORT MODEL SIZE FIRST ITEMS THREADS FOLDER stream|plain quick|careful
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <png.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct settings {
    std::uint16_t port = 0;
    std::string model, size;
    int first = 0, items = 0, threads = 1; // prompts are numbered from `first` on
    std::string folder;
    bool stream = true, careful = false;
};

[[noreturn]] void die(const char* what)
{
    std::perror(what);
    std::_Exit(1);
}

int connect_to(std::uint16_t port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket < 0 ||
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        die("connect");
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

void send_all(int socket, std::string_view text)
{
    while (!text.empty()) {
        const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            die("send");
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void receive_more(int socket, std::string& buffer)
{
    constexpr std::size_t piece = 64 * 1024;
    const auto had = buffer.size();
    buffer.resize(had + piece);
    const auto got = ::recv(socket, buffer.data() + had, piece, 0);
    if (got <= 0)
        die("receive");
    buffer.resize(had + static_cast<std::size_t>(got));
}

// The body of a chunked answer, of which `raw` has the beginning.
std::string read_chunks(int socket, std::string raw)
{
    std::string body;
    std::size_t at = 0;
    for (;;) {
        std::size_t line_end = 0;
        while ((line_end = raw.find("\r\n", at)) == std::string::npos)
            receive_more(socket, raw);
        const auto bytes = std::strtoull(raw.c_str() + at, nullptr, 16);
        at = line_end + 2;
        while (raw.size() < at + bytes + 2)
            receive_more(socket, raw);
        if (bytes == 0)
            return body;
        body.append(raw, at, bytes);
        at += bytes + 2;
    }
}

std::string read_answer(int socket)
{
    std::string raw;
    std::size_t head_end = 0;
    while ((head_end = raw.find("\r\n\r\n")) == std::string::npos)
        receive_more(socket, raw);
    std::string head = raw.substr(0, head_end + 2);
    for (auto& c : head)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (head.find(" 200 ") != 8) {
        std::fprintf(stderr, "naive_client: %s\n", raw.c_str());
        std::_Exit(1);
    }
    raw.erase(0, head_end + 4);
    if (head.find("\r\ntransfer-encoding: chunked\r\n") != std::string::npos)
        return read_chunks(socket, std::move(raw));
    const auto length = head.find("\r\ncontent-length: ");
    if (length == std::string::npos)
        die("an answer without a length");
    const auto bytes = std::strtoull(head.c_str() + length + 18, nullptr, 10);
    while (raw.size() < bytes)
        receive_more(socket, raw);
    return raw;
}

// The JSON that has the picture: the body, or the data of the last event.
std::string_view document_of(const std::string& body, bool stream)
{
    if (!stream)
        return body;
    const auto start = body.rfind("\ndata: {");
    if (start == std::string::npos)
        die("a stream without an event");
    const auto end = body.find('\n', start + 1);
    return std::string_view(body).substr(start + 7, end - start - 7);
}

std::string picture_of(const std::string& body, bool stream, simdjson::dom::parser& parser)
{
    const simdjson::padded_string json(document_of(body, stream));
    std::string_view text;
    const auto wrong = stream ? parser.parse(json)["b64_json"].get(text)
                              : parser.parse(json)["data"].at(0)["b64_json"].get(text);
    if (wrong)
        die("an answer without a picture");
    std::string picture(text.size() / 4 * 3, '\0');
    const int bytes = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(picture.data()),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
    if (bytes < 0)
        die("base64");
    const auto padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with('='));
    picture.resize(static_cast<std::size_t>(bytes) - padding);
    return picture;
}

void check_picture(const std::string& picture)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(picture.data()), picture.size(), digest);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, picture.data(), picture.size()) == 0)
        die("not a PNG");
    image.format = PNG_FORMAT_RGB;
    std::vector<png_byte> pixels(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0)
        die("a broken PNG");
}

void write_file(const std::string& path, const std::string& content, bool sync)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0)
        die("open");
    for (std::string_view rest = content; !rest.empty();) {
        const auto written = ::write(file, rest.data(), rest.size());
        if (written <= 0)
            die("write");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if ((sync && ::fdatasync(file) != 0) || ::close(file) != 0)
        die("sync");
}

void work(const settings& wanted, std::atomic<int>& next)
{
    const int socket = connect_to(wanted.port);
    simdjson::dom::parser parser;
    for (int i = next++; i < wanted.items; i = next++) {
        const auto number = std::to_string(wanted.first + i);
        const std::string body = R"({"model":")" + wanted.model + R"(","prompt":"picture number )" +
                                 number + R"(","n":1,"size":")" + wanted.size +
                                 R"(","quality":"low")" +
                                 (wanted.stream ? R"(,"stream":true})" : "}");
        send_all(socket, "POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                         "Authorization: Bearer sk-bench\r\nContent-Type: application/json\r\n"
                         "Content-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body);
        const auto picture = picture_of(read_answer(socket), wanted.stream, parser);
        if (wanted.careful)
            check_picture(picture);
        write_file(wanted.folder + "/item-" + number + ".png", picture, wanted.careful);
    }
    ::close(socket);
}

} // namespace

int main(int count, char** words)
{
    if (count != 10) {
        std::fputs("naive_client PORT MODEL SIZE FIRST ITEMS THREADS FOLDER stream|plain "
                   "quick|careful\n",
                   stderr);
        return 2;
    }
    const settings wanted{
        .port = static_cast<std::uint16_t>(std::atoi(words[1])),
        .model = words[2],
        .size = words[3],
        .first = std::atoi(words[4]),
        .items = std::atoi(words[5]),
        .threads = std::atoi(words[6]),
        .folder = words[7],
        .stream = std::string_view(words[8]) == "stream",
        .careful = std::string_view(words[9]) == "careful",
    };
    std::atomic<int> next = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < wanted.threads; ++i)
        threads.emplace_back([&] { work(wanted, next); });
    threads.clear(); // joins
    return 0;
}
