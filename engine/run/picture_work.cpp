#include "engine/run/picture_work.hpp"

#include "engine/base/sha256.hpp"

#include <cerrno>

namespace engine::run {

picture_work usual_picture_work(runtime::files& disk, const job::output_folder& folder,
                                const runtime::clock& time)
{
    picture_work work;
    work.read = [&disk](const job::reference_image& wanted) -> base::result<std::string> {
        auto text = disk.read(wanted.path, wanted.bytes);
        if (text && base::sha256_hex(*text) != wanted.sha256)
            return base::fail_errno(ESTALE, "read " + wanted.source +
                                                ": the file has changed since the run was planned");
        return text;
    };
    work.store = [&disk, &folder, &time](const job::item& wanted, const std::string& source,
                                         const source_rules& rules) {
        return store_image(wanted, source, folder, disk, time, rules);
    };
    return work;
}

store_result store_in_any_form(job::item wanted, const std::string& source,
                               const picture_work& pictures, const source_rules& rules)
{
    const auto asked = wanted.expect;
    store_result stored;
    for (std::size_t step = 0; step <= wanted.downgrades.size(); ++step) {
        wanted.expect = asked;
        wanted.expect = job::expectation_for(wanted, step);
        stored = pictures.store(wanted, source, rules);
        if (!stored.bad_image)
            break;
    }
    return stored;
}

} // namespace engine::run
