#include "engine/report/html.hpp"

#include "engine/job/output_folder.hpp"
#include "engine/ledger/reader.hpp"
#include "engine/report/contact_sheet.hpp"
#include "engine/report/page.hpp"
#include "engine/report/status.hpp"

#include <algorithm>

namespace engine::report {

namespace {

// "manifests/spring.yaml" is "spring"; a folder's own name where no run named a manifest.
std::string title_of(const summary& all, const job::output_folder& folder)
{
    std::string path = folder.root();
    if (!all.runs().empty() && all.runs().back().opening &&
        !all.runs().back().opening->manifest.empty())
        path = all.runs().back().opening->manifest;
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    auto name = path.substr(path.rfind('/') + 1);
    for (const std::string_view ending : {".yaml", ".yml"})
        if (name.size() > ending.size() && name.ends_with(ending))
            name.resize(name.size() - ending.size());
    return name;
}

} // namespace

base::result<void> write_html(runtime::files& disk, const std::string& folder_path,
                              const html_options& options)
{
    const job::output_folder folder(folder_path);
    summary all;
    timeline attempts; // of the run that is being read
    timeline largest;
    contact_sheet sheet;
    std::string run;
    const auto fold = [&](job::event&& happened, ledger::line_place place) {
        all.add(happened);
        sheet.add(happened, place);
        const auto* attempt = std::get_if<job::attempt_ended>(&happened.body);
        if (attempt == nullptr)
            return;
        if (happened.run != run) {
            run = happened.run;
            if (attempts.attempts() > largest.attempts())
                largest = attempts;
            attempts.restart(all.runs().back().started);
        }
        attempts.add(happened.time, attempt->outcome == job::outcome::delivered);
    };
    const auto counts = ledger::read_events(disk, folder.ledger(), fold);
    if (!counts)
        return std::unexpected(counts.error());

    if (attempts.attempts() > largest.attempts())
        largest = attempts;
    page_facts facts;
    facts.title = options.title.empty() ? title_of(all, folder) : options.title;
    facts.torn_bytes = counts->torn_bytes;
    std::string page = page_head(all, facts);
    const std::size_t shown = std::min(sheet.items(), options.cards_max);
    page += sheet_head(shown, sheet.items() - shown, all.items());
    if (auto written = sheet.write(page, disk, folder, options); !written)
        return written;
    page += page_foot(all, largest);
    return runtime::write_whole(disk, folder.report(), base::as_bytes(page));
}

base::result<void> write_summary(runtime::files& disk, const std::string& folder_path)
{
    const auto all = read_summary(disk, folder_path);
    if (!all)
        return std::unexpected(all.error());
    return runtime::write_whole(disk, job::output_folder(folder_path).summary(),
                                base::as_bytes(all->to_json().dump_pretty()));
}

} // namespace engine::report
