// manifest_bench: how long a manifest takes from its text to its items, beside what yaml-cpp alone
// takes for the same text. `items/s` counts finished items: rendered, checked, with their keys.
#include "engine/base/assert.hpp"
#include "engine/manifest/expansion.hpp"
#include "engine/manifest/yaml_tree.hpp"

#include <benchmark/benchmark.h>
#include <filesystem>
#include <string>
#include <yaml-cpp/yaml.h>

namespace {

using namespace engine;
using benchmark::State;

// A folder of its own for the run, gone with it.
class bench_folder {
public:
    bench_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "manifest-XXXXXX").string();
        ENGINE_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    bench_folder(const bench_folder&) = delete;
    bench_folder& operator=(const bench_folder&) = delete;
    ~bench_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string write(const std::string& name, const std::string& text)
    {
        const auto path = path_ + "/" + name;
        ENGINE_ASSERT(runtime::write_whole(*disk, path, base::as_bytes(text)).has_value());
        return path;
    }
    std::unique_ptr<runtime::files> disk = runtime::make_posix_files();

private:
    std::string path_;
};

std::string jobs_yaml(int count)
{
    std::string text = "version: 1\ndefaults: { route: simulator, model: gpt-image-2, size: "
                       "1024x1024 }\njobs:\n";
    for (int i = 0; i < count; ++i)
        text += "  - id: item-" + std::to_string(i) + "\n    prompt: \"a mug, number " +
                std::to_string(i) + ", on a table, soft light\"\n    quality: low\n" +
                "    outputs: [{ name: master }, { name: web, format: webp, quality: 82 }]\n";
    return text;
}

std::string rows_csv(std::int64_t count)
{
    std::string text = "sku,title,points\n";
    for (std::int64_t i = 0; i < count; ++i)
        text += "SKU-" + std::to_string(i) + ",\"Desk \"\"lamp\"\"\",\"bright, warm, number " +
                std::to_string(i) + "\"\n";
    return text;
}

std::int64_t expand(bench_folder& folder, const std::string& path)
{
    manifest::problems found;
    const auto source = manifest::load(*folder.disk, path, found);
    ENGINE_ASSERT(source && found.ok());
    manifest::item_source items(*source, *folder.disk);
    std::int64_t count = 0;
    while (items.next(found))
        ++count;
    ENGINE_ASSERT(found.ok());
    return count;
}

void yaml_cpp_nodes(State& state) // the baseline: its own tree, nothing checked
{
    const auto text = jobs_yaml(static_cast<int>(state.range(0)));
    for (auto _ : state)
        benchmark::DoNotOptimize(YAML::Load(text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(yaml_cpp_nodes)->Arg(10'000)->Unit(benchmark::kMillisecond);

void our_tree(State& state)
{
    const manifest::source_text source("m.yaml", jobs_yaml(static_cast<int>(state.range(0))));
    for (auto _ : state) {
        manifest::problems found;
        benchmark::DoNotOptimize(manifest::parse_yaml(source, found));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(source.text().size()));
}
BENCHMARK(our_tree)->Arg(10'000)->Unit(benchmark::kMillisecond);

void jobs_to_items(State& state)
{
    bench_folder folder;
    const auto path = folder.write("m.yaml", jobs_yaml(static_cast<int>(state.range(0))));
    std::int64_t items = 0;
    for (auto _ : state)
        items += expand(folder, path);
    state.SetItemsProcessed(items);
}
BENCHMARK(jobs_to_items)->Arg(10'000)->Unit(benchmark::kMillisecond);

void rows_to_items(State& state)
{
    bench_folder folder;
    folder.write("rows.csv", rows_csv(state.range(0)));
    const auto path = folder.write("m.yaml", R"(version: 1
jobs:
  - id: "{{sku}}"
    rows: rows.csv
    route: simulator
    model: gpt-image-2
    size: 1024x1024
    prompt: { subject: "{{title}}, {{points}}", style: editorial product photograph }
)");
    std::int64_t items = 0;
    for (auto _ : state)
        items += expand(folder, path);
    state.SetItemsProcessed(items);
}
BENCHMARK(rows_to_items)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

} // namespace
