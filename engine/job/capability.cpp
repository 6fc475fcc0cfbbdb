#include "engine/job/capability.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/nearest_name.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

namespace engine::embedded {
extern const std::string_view capabilities_json; // capabilities.json, made by embed_text()
}

namespace engine::job {

namespace {

// One field of an entry: its name, and how to take its value. Answers with what was expected when
// it does not fit.
struct field_reader {
    std::string_view name;
    std::function<std::string(capability&, const base::json&)> read;
};

template <class T>
field_reader whole_number(std::string_view name, T capability::* member, std::int64_t low,
                          std::int64_t high)
{
    return {name, [=](capability& entry, const base::json& value) -> std::string {
                const auto number = value.integer_or(low - 1);
                if (number < low || number > high)
                    return "expected a whole number from " + std::to_string(low) + " to " +
                           std::to_string(high);
                entry.*member = static_cast<T>(number);
                return {};
            }};
}

field_reader text(std::string_view name, std::string capability::* member)
{
    return {name, [=](capability& entry, const base::json& value) -> std::string {
                if (!value.is_string())
                    return "expected a string";
                entry.*member = value.text_or({});
                return {};
            }};
}

field_reader flag(std::string_view name, bool capability::* member)
{
    return {name, [=](capability& entry, const base::json& value) -> std::string {
                if (!value.is_bool())
                    return "expected true or false";
                entry.*member = value.bool_or(false);
                return {};
            }};
}

field_reader texts(std::string_view name, std::vector<std::string> capability::* member)
{
    return {name, [=](capability& entry, const base::json& value) -> std::string {
                if (!value.is_array() ||
                    !std::ranges::all_of(value.items(), &base::json::is_string))
                    return "expected a list of strings";
                (entry.*member).clear();
                for (const auto& item : value.items())
                    (entry.*member).emplace_back(item.text_or({}));
                return {};
            }};
}

const std::vector<field_reader>& field_readers()
{
    constexpr std::int64_t big = 1'000'000'000'000;
    static const std::vector<field_reader> readers = {
        {"status",
         [](capability& entry, const base::json& value) -> std::string {
             entry.status = value.text_or({});
             return entry.status == "current" || entry.status == "retired"
                        ? std::string{}
                        : "expected current or retired";
         }},
        text("note", &capability::note),
        {"sizes",
         [](capability& entry, const base::json& value) -> std::string {
             entry.sizes.clear();
             for (const auto& item : value.items()) {
                 const auto size = parse_image_size(item.text_or({}));
                 if (!size)
                     return "expected sizes such as \"1024x1024\"";
                 entry.sizes.push_back(*size);
             }
             return value.is_array() ? std::string{}
                                     : "expected a list of sizes such as \"1024x1024\"";
         }},
        flag("allows_auto_size", &capability::allows_auto_size),
        whole_number("edge_multiple", &capability::edge_multiple, 1, 1024),
        whole_number("long_edge_max", &capability::long_edge_max, 1, 99'999),
        {"ratio_max",
         [](capability& entry, const base::json& value) -> std::string {
             entry.ratio_max = value.number_or(0);
             return entry.ratio_max >= 1 ? std::string{} : "expected a number of at least 1";
         }},
        whole_number("pixels_min", &capability::pixels_min, 1, big),
        whole_number("pixels_max", &capability::pixels_max, 1, big),
        whole_number("pixels_experimental", &capability::pixels_experimental, 0, big),
        texts("qualities", &capability::qualities),
        texts("backgrounds", &capability::backgrounds),
        texts("formats", &capability::formats),
        texts("input_fidelities", &capability::input_fidelities),
        flag("streams", &capability::streams),
        whole_number("partial_images_max", &capability::partial_images_max, 0, 100),
        whole_number("references_max", &capability::references_max, 0, 1000),
        whole_number("reference_bytes_max", &capability::reference_bytes_max, 0, big),
        texts("reference_formats", &capability::reference_formats),
        flag("masks", &capability::masks),
        whole_number("mask_bytes_max", &capability::mask_bytes_max, 0, big),
        whole_number("prompt_characters_max", &capability::prompt_characters_max, 1, big),
    };
    return readers;
}

std::string join(std::span<const std::string> names)
{
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

// "3", "2.5": at most two decimals.
std::string short_number(double value)
{
    std::string text = std::to_string(std::round(value * 100) / 100);
    text.resize(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

// Collects complaints; each check below reads as one sentence.
class checker {
public:
    checker(const image_request& request, const capability& can) : request_(request), can_(can) {}

    std::vector<complaint> run()
    {
        model();
        size();
        one_of("quality", request_.quality, can_.qualities);
        one_of("background", request_.background, can_.backgrounds);
        format();
        streaming();
        references();
        mask();
        prompt();
        return std::move(found_);
    }

private:
    void complain(std::string field, std::string message, bool warning = false)
    {
        found_.push_back({std::move(field), std::move(message), warning});
    }

    void model()
    {
        if (can_.status == "retired")
            complain("model", "model '" + request_.model + "' is no longer offered" +
                                  (can_.note.empty() ? "" : ": " + can_.note));
        else if (!can_.note.empty())
            complain("model", "model '" + request_.model + "': " + can_.note, true);
    }

    void size()
    {
        if (!request_.size) {
            if (!can_.allows_auto_size)
                complain("size", "model '" + request_.model + "' needs a size, not auto");
            return;
        }
        const auto asked = *request_.size;
        const auto wrong = [&](const std::string& rule) {
            complain("size", "size " + to_string(asked) + ": " + rule + " for model '" +
                                 request_.model + "'");
        };
        if (!can_.sizes.empty()) {
            if (std::ranges::find(can_.sizes, asked) != can_.sizes.end())
                return;
            std::string all;
            for (const auto allowed : can_.sizes)
                all += (all.empty() ? "" : ", ") + to_string(allowed);
            wrong("expected one of " + all + " or auto");
            return;
        }
        if (asked.width % can_.edge_multiple != 0 || asked.height % can_.edge_multiple != 0)
            wrong("both edges must be multiples of " + std::to_string(can_.edge_multiple));
        if (asked.long_edge() > can_.long_edge_max)
            wrong("the long edge may be at most " + std::to_string(can_.long_edge_max));
        if (static_cast<double>(asked.long_edge()) > can_.ratio_max * asked.short_edge())
            wrong("the long edge may be at most " + short_number(can_.ratio_max) +
                  " times the short one");
        if (asked.area() < can_.pixels_min || asked.area() > can_.pixels_max)
            wrong("expected " + std::to_string(can_.pixels_min) + " to " +
                  std::to_string(can_.pixels_max) + " pixels, this is " +
                  std::to_string(asked.area()));
        else if (can_.pixels_experimental > 0 && asked.area() > can_.pixels_experimental)
            complain("size",
                     "size " + to_string(asked) +
                         " is accepted but called experimental by the provider",
                     true);
    }

    void one_of(std::string_view field, const std::string& value,
                const std::vector<std::string>& allowed)
    {
        if (value.empty() || allowed.empty() || std::ranges::find(allowed, value) != allowed.end())
            return;
        const std::vector<std::string_view> names(allowed.begin(), allowed.end());
        const bool cutout = field == "background" && value == "transparent";
        complain(std::string(field),
                 std::string(field) + " '" + value + "': expected " + join(allowed) +
                     " for model '" + request_.model + "'" +
                     (cutout ? "; ask in the prompt for a plain pure green background and give the "
                               "output key_background: { color: \"#00ff00\" }"
                             : base::did_you_mean(value, names)));
    }

    void format()
    {
        const std::string format(name_of(request_.expected_format()));
        if (request_.format)
            one_of("format", format, can_.formats);
        if (request_.compression && (*request_.compression < 0 || *request_.compression > 100))
            complain("compression", "compression " + std::to_string(*request_.compression) +
                                        ": expected 0 to 100");
        if (request_.compression && request_.expected_format() == image_format::png)
            complain("compression", "compression goes with format jpeg or webp, not png");
        if (request_.background == "transparent" &&
            request_.expected_format() == image_format::jpeg)
            complain("background", "a transparent background needs format png or webp, not jpeg");
        if (!request_.input_fidelity.empty()) {
            if (can_.input_fidelities.empty())
                complain("input_fidelity",
                         "model '" + request_.model + "' takes no input_fidelity; leave it out");
            else
                one_of("input_fidelity", request_.input_fidelity, can_.input_fidelities);
        }
    }

    void streaming()
    {
        if (request_.stream && !can_.streams)
            complain("stream", "model '" + request_.model + "' does not stream; set stream: false");
        if (request_.partial_images > 0 && !request_.stream)
            complain("partial_images", "partial images come only with stream: true");
        if (request_.partial_images < 0 || request_.partial_images > can_.partial_images_max)
            complain("partial_images", "expected 0 to " + std::to_string(can_.partial_images_max) +
                                           " partial images");
    }

    void reference(const std::string& field, const reference_image& image, std::uint64_t bytes_max)
    {
        const std::string format(name_of(image.format));
        if (!can_.reference_formats.empty() &&
            std::ranges::find(can_.reference_formats, format) == can_.reference_formats.end())
            complain(field, image.source + " is " + format + "; model '" + request_.model +
                                "' takes " + join(can_.reference_formats));
        if (image.bytes >= bytes_max)
            complain(field, image.source + " has " + std::to_string(image.bytes) +
                                " bytes; it must be below " + std::to_string(bytes_max));
    }

    void references()
    {
        const auto count =
            static_cast<int>(request_.references.size()) + (request_.continues ? 1 : 0);
        if (count > can_.references_max)
            complain("references", std::to_string(count) + " reference images; model '" +
                                       request_.model + "' takes at most " +
                                       std::to_string(can_.references_max));
        for (std::size_t i = 0; i < request_.references.size(); ++i)
            reference("references[" + std::to_string(i) + "]", request_.references[i],
                      can_.reference_bytes_max);
    }

    void mask()
    {
        if (!request_.mask)
            return;
        const auto& mask = *request_.mask;
        if (!can_.masks)
            complain("mask", "model '" + request_.model + "' takes no mask");
        if (!request_.is_edit()) {
            complain("mask", "a mask needs a reference image to be edited");
            return;
        }
        // What is continued comes first, and its size is known elsewhere.
        if (const auto* first = request_.continues ? nullptr : &request_.references.front();
            first && mask.size != first->size)
            complain("mask", mask.source + " is " + to_string(mask.size) +
                                 "; a mask must have the size of the first "
                                 "reference, " +
                                 first->source + ", which is " + to_string(first->size));
        if (mask.format != image_format::png || !mask.has_alpha)
            complain("mask",
                     mask.source +
                         " must be a PNG with an alpha channel (alpha 0 marks what may change)");
        reference("mask", mask, can_.mask_bytes_max);
    }

    void prompt()
    {
        const auto length = base::utf8_length(request_.prompt);
        if (length == 0)
            complain("prompt", "the prompt is empty");
        if (length > can_.prompt_characters_max)
            complain("prompt", "the prompt has " + std::to_string(length) +
                                   " characters; at most " +
                                   std::to_string(can_.prompt_characters_max) + " are allowed");
    }

    const image_request& request_;
    const capability& can_;
    std::vector<complaint> found_;
};

} // namespace

const capability_table& capability_table::builtin()
{
    static const capability_table table = [] {
        auto document = base::parse_json(embedded::capabilities_json, "capabilities.json");
        ENGINE_ASSERT(document.has_value());
        auto parsed = parse(*document, "capabilities.json");
        ENGINE_ASSERT(parsed.has_value());
        return std::move(*parsed);
    }();
    return table;
}

base::result<capability_table> capability_table::parse(const base::json& document,
                                                       std::string_view where)
{
    capability_table table;
    if (!document["models"].is_object())
        return base::fail(make_error_code(base::json_errc::malformed), std::string(where),
                          "expected a map of models");
    for (const auto& [model, fields] : document["models"].members())
        if (auto done = table.set(model, fields, where); !done)
            return std::unexpected(done.error());
    return table;
}

base::result<void> capability_table::set(std::string_view model, const base::json& fields,
                                         std::string_view where)
{
    const auto complain = [&](const std::string& text) {
        return base::fail(make_error_code(base::json_errc::malformed), std::string(where),
                          "models." + std::string(model) + ": " + text);
    };
    if (!fields.is_object())
        return complain("expected a map of fields");
    capability entry;
    if (const auto known = models_.find(model); known != models_.end())
        entry =
            known->second; // a manifest that changes one field of a known model keeps the others
    if (fields.contains("like")) {
        const auto other = models_.find(fields["like"].text_or({}));
        if (other == models_.end())
            return complain("like: expected the name of a model that is known already");
        entry = other->second;
    }
    entry.model = model;
    for (const auto& [name, value] : fields.members()) {
        if (name == "like")
            continue;
        const auto reader =
            std::ranges::find(field_readers(), std::string_view(name), &field_reader::name);
        if (reader == field_readers().end())
            return complain("unknown field '" + name + "'" +
                            base::did_you_mean(name, field_names()));
        if (const auto wrong = reader->read(entry, value); !wrong.empty())
            return complain(name + ": " + wrong);
    }
    models_[std::string(model)] = std::move(entry);
    return {};
}

const capability* capability_table::find(std::string_view model) const
{
    const capability* best = nullptr;
    for (const auto& [name, entry] : models_) {
        const bool covers =
            model.starts_with(name) && (model.size() == name.size() || model[name.size()] == '-');
        if (covers && (!best || name.size() > best->model.size()))
            best = &entry;
    }
    return best;
}

std::vector<std::string_view> capability_table::names() const
{
    std::vector<std::string_view> all;
    for (const auto& [name, entry] : models_)
        all.push_back(name);
    return all;
}

std::vector<std::string_view> capability_table::field_names()
{
    std::vector<std::string_view> all = {"like"};
    for (const auto& reader : field_readers())
        all.push_back(reader.name);
    return all;
}

std::vector<complaint> check_request(const image_request& request, const capability* known)
{
    static const capability anything = [] {
        capability open;
        open.input_fidelities = {"low", "high"};
        open.mask_bytes_max = 50'000'000;
        return open;
    }();
    auto found = checker(request, known ? *known : anything).run();
    if (!known)
        found.insert(found.begin(),
                     complaint{"model",
                               "model '" + request.model +
                                   "' is not in the capability table: its options are not checked",
                               true});
    return found;
}

} // namespace engine::job
