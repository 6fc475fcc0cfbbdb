// Any text as a manifest: through the YAML parser, the reader and the expansion, with a disk that
// holds one CSV and one picture. Whatever comes in, it ends within bounds, an item is whole, and a
// manifest without items has said why.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/manifest/expansion.hpp"
#include "engine/manifest/output_path.hpp"

using namespace engine;

namespace {

class fuzz_files final : public runtime::files {
public:
    explicit fuzz_files(std::string_view text) : text_(text) {}

    base::result<std::string> read(const std::string&, std::uint64_t bytes_max) override
    {
        return read_at("m.yaml", 0, bytes_max);
    }
    base::result<std::string> read_at(const std::string& path, std::uint64_t offset,
                                      std::uint64_t bytes_max) override
    {
        std::string_view content = "sku,title\nlamp,\"Desk \"\"lamp\"\"\"\nmug,Mug\n";
        if (path == "m.yaml")
            content = text_;
        else if (path.ends_with(".png"))
            content = picture;
        else if (!path.ends_with(".csv"))
            return base::fail_errno(ENOENT, "read " + path);
        return std::string(offset < content.size() ? content.substr(offset, bytes_max)
                                                   : std::string_view{});
    }

    // Reading is all that a manifest does.
    base::result<std::unique_ptr<runtime::output_file>> create(const std::string&) override
    {
        return refuse();
    }
    base::result<std::unique_ptr<runtime::output_file>> append_to(const std::string&) override
    {
        return refuse();
    }
    base::result<void> truncate(const std::string&, std::uint64_t) override { return refuse(); }
    base::result<void> rename(const std::string&, const std::string&) override { return refuse(); }
    base::result<void> link_or_copy(const std::string&, const std::string&) override
    {
        return refuse();
    }
    base::result<void> remove(const std::string&) override { return refuse(); }
    base::result<void> make_directories(const std::string&) override { return refuse(); }
    base::result<void> sync_directory(const std::string&) override { return refuse(); }
    std::optional<runtime::file_info> info(const std::string&) override { return std::nullopt; }
    base::result<std::vector<std::string>> list(const std::string&) override { return refuse(); }
    base::result<std::unique_ptr<runtime::file_lock>> lock(const std::string&) override
    {
        return refuse();
    }

private:
    static constexpr std::string_view picture{
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x30\x08\6\0\0\0\0\0\0\0\0\0\0\0IDAT", 41};

    static std::unexpected<base::failure> refuse()
    {
        ENGINE_ASSERT(false);
        return base::fail_errno(ENOSYS, "write");
    }

    std::string_view text_;
};

void check(const job::item& item)
{
    ENGINE_ASSERT(manifest::check_item_id(item.id).empty());
    ENGINE_ASSERT(!item.routes.empty() && item.key.size() == 64);
    ENGINE_ASSERT(item.request.model == item.routes.front().model);
    ENGINE_ASSERT(!item.request.prompt.empty() && !item.outputs.empty());
    for (const auto& output : item.outputs)
        ENGINE_ASSERT(manifest::check_output_path(output.path).empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_files disk(base::as_text({data, size}));
    manifest::problems found;
    const auto source = manifest::load(disk, "m.yaml", found);
    ENGINE_ASSERT(source || !found.ok());
    if (source && found.ok()) {
        constexpr int items_max = 300; // `count` may ask for very many
        manifest::item_source items(*source, disk);
        for (int i = 0; i < items_max; ++i) {
            const auto item = items.next(found);
            if (!item)
                break;
            check(*item);
        }
    }
    for (const auto& one : found.list())
        ENGINE_ASSERT(one.line >= 1 && one.column >= 1 && !one.message.empty());
    return 0;
}
