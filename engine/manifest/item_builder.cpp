#include "engine/manifest/item_builder.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/base/utf8.hpp"
#include "engine/image/fit.hpp"
#include "engine/image/text_overlay.hpp"
#include "engine/job/capability.hpp"
#include "engine/job/content_key.hpp"
#include "engine/manifest/output_path.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

// Block scalars end with a newline and cells with stray blanks; neither is part of a prompt.
std::string trimmed_end(std::string text)
{
    text.resize(text.find_last_not_of(" \t\r\n") + 1);
    return text;
}

// "Composition: ..." on a line of its own: the labels are what image models are shown in the
// providers' own prompting guides, and the order is the order of importance.
constexpr std::array<std::string_view, 4> part_labels = {
    "Subject: ", "Composition: ", "Style: ", "Avoid: "};

} // namespace

item_builder::item_builder(const manifest& from, const job_plan& plan, reference_files& references,
                           font_files& fonts, taken_names& taken, row_problems& row_found,
                           bool names_known)
    : from_(from), plan_(plan), references_(references), fonts_(fonts), taken_(taken),
      complaints_(from, plan, row_found, names_known),
      names_its_copies_(plan.id && (plan.id->text.uses("copy") || plan.id->text.uses("index"))),
      file_(std::make_shared<const std::string>(from.path)),
      origin_(from.source->mark_at(plan.offset))
{
    scope_.set(builtin::job, std::to_string(plan.number));
}

std::optional<job::item> item_builder::build(const row& values, const matrix_cell& cell, int copy,
                                             std::int64_t index, problems& found)
{
    row_ = &values;
    cell_ = &cell;
    complaints_.begin(values, cell, found);
    item_ = {};
    item_.copy = copy;
    item_.retry = plan_.retry;
    item_.timeout = plan_.timeout;
    item_.log_prompt = from_.log_prompts;
    item_.origin = {file_, origin_.line, origin_.column};
    item_.of_job = {static_cast<std::size_t>(plan_.number - 1), plan_.rank, plan_.id_text};
    scope_.set_row(&values.values);
    scope_.set(builtin::copy, std::to_string(copy));
    scope_.set(builtin::index, std::to_string(index));
    for (const auto name : {builtin::id, builtin::output, builtin::ext})
        scope_.clear(name);

    fill_cell();
    build_variables();
    build_id();
    build_routes();
    build_after();
    build_policies();
    build_prompt();
    build_request();
    build_references();
    if (complaints_.good() && !plan_.broken)
        check_request();
    build_expectation();
    build_outputs();
    if (!complaints_.good())
        return std::nullopt;
    item_.key = job::content_key(item_);
    return std::move(item_);
}

// Matrix values with templates of their own, over the row and the keys before them.
void item_builder::fill_cell()
{
    filled_cell_.clear();
    scope_.set_cell(&filled_cell_);
    for (const auto& one : *cell_) {
        variable filled = one;
        if (one.pattern)
            filled.text = render(*one.pattern, "matrix." + one.name).value_or("");
        filled_cell_.push_back(std::move(filled));
    }
}

void item_builder::build_variables()
{
    item_.variables = base::json::make_object();
    for (const auto& one : row_->values)
        item_.variables.set(one.name, variable_json(one.text, one.number));
    for (const auto& one : filled_cell_) {
        if (item_.variables.contains(one.name))
            complaints_.at_row(plan_.place_of("matrix"),
                               "this row has a '" + one.name +
                                   "', and so has the matrix; give one of them another name",
                               {true, false});
        item_.variables.set(one.name, variable_json(one.text, one.number));
    }
}

void item_builder::build_id()
{
    id_good_ = false;
    const auto id = plan_.id ? render(*plan_.id, "id") : std::nullopt;
    if (!id) {
        scope_.set(builtin::id, ""); // so that its templates say nothing of it
        return;
    }
    item_.id = plan_.count > 1 && !names_its_copies_ && !id->empty()
                   ? *id + "-" + std::to_string(item_.copy)
                   : *id;
    scope_.set(builtin::id, item_.id);
    if (const auto wrong = check_item_id(item_.id); !wrong.empty()) {
        complaints_.at_row(plan_.id->offset, "id: '" + item_.id + "' " + wrong,
                           complaints_.spread_of(plan_.id));
        return;
    }
    if (const auto first = taken_.ids.add(item_.id, complaints_.here())) {
        std::string hint;
        for (const auto& one : *cell_)
            if (!plan_.id->text.uses(one.name) && hint.empty() && plan_.cells.size() > 1)
                hint = "; add {{" + one.name + "}} to the id";
        complaints_.at_row(plan_.id->offset,
                           "id: a second item named '" + item_.id + "'; the first is that of " +
                               complaints_.name_of(*first) + hint,
                           {true, true});
        return;
    }
    id_good_ = true;
}

void item_builder::build_routes()
{
    std::optional<std::string> common;
    const bool all_own = std::ranges::all_of(
        plan_.routes, [](const route_plan& route) { return route.drawing_model().has_value(); });
    if (plan_.model && !all_own)
        common = render(*plan_.model, "model");
    model_offsets_.clear();
    for (const auto& wanted : plan_.routes) {
        job::route route;
        route.provider = wanted.provider;
        route.api = wanted.api;
        route.simulated = wanted.simulated;
        const auto& own = wanted.drawing_model();
        const auto model = own ? render(*own, "model") : common;
        if (model && model->empty())
            refuse(own ? *own : *plan_.model, "model: is empty");
        if (!model || model->empty())
            complaints_.spoil(); // said already, or the job is broken
        else
            route.model = *model;
        if (wanted.api == job::api_responses && wanted.model) {
            route.mainline_model = render(*wanted.model, "model").value_or("");
            check_mainline(*wanted.model, route.mainline_model);
        }
        item_.routes.push_back(std::move(route));
        model_offsets_.push_back(own ? own->offset : plan_.place_of("model"));
    }
    if (item_.routes.empty())
        complaints_.spoil();
    else
        item_.request.model = item_.routes.front().model;
}

void item_builder::check_mainline(const text_field& field, const std::string& model)
{
    if (model.empty()) {
        refuse(field, "model: is empty");
        return;
    }
    for (const std::string_view drawing : {"gpt-image-", "chatgpt-image-", "dall-e-"})
        if (model.starts_with(drawing))
            refuse(field, "model: '" + model +
                              "' draws; a text model is wanted here, such as gpt-5.5 (on the "
                              "Responses API it calls the tool, and the model that draws goes "
                              "into image_model)");
}

void item_builder::build_after()
{
    if (!plan_.after)
        return;
    item_.request.continues = true;
    const auto id = render(*plan_.after, "after");
    if (!id)
        return;
    // Earlier only: so there are no circles, and one pass is enough.
    if (*id == item_.id || !taken_.ids.find(*id))
        refuse(*plan_.after, "after: there is no item '" + *id +
                                 "' before this one; an item continues one that stands earlier in "
                                 "the manifest");
    else
        item_.after = job::parent_link{*id, {}, {}};
}

void item_builder::build_policies()
{
    for (const auto& step : plan_.downgrades)
        item_.downgrades.push_back(step.to);
    item_.keep_partials = plan_.keep_partials;
    if (!plan_.enrich || item_.routes.empty())
        return;
    job::enrichment enrich;
    enrich.model = render(plan_.enrich->model, "enrich.model").value_or("");
    check_mainline(plan_.enrich->model, enrich.model);
    enrich.provider =
        plan_.enrich->provider.empty() ? item_.routes.front().provider : plan_.enrich->provider;
    const auto spec =
        std::ranges::find(from_.providers, enrich.provider, &job::provider_spec::name);
    enrich.simulated = spec != from_.providers.end() && spec->is_simulator();
    if (spec != from_.providers.end() && !spec->wire.supports_responses &&
        plan_.enrich->provider.empty())
        refuse(plan_.enrich->model, "enrich: '" + enrich.provider +
                                        "' has no Responses API, by which a text is asked for; "
                                        "name another with enrich: { provider: ... }");
    enrich.instructions = plan_.enrich->instructions;
    enrich.output_tokens_max = plan_.enrich->output_tokens_max;
    item_.enrich = std::move(enrich);
}

void item_builder::build_prompt()
{
    auto& prompt = item_.request.prompt;
    bool whole = true; // every part could be filled in
    if (plan_.prompt.whole) {
        const auto text = render(*plan_.prompt.whole, "prompt");
        whole = text.has_value();
        prompt = trimmed_end(text.value_or(""));
    }
    for (std::size_t i = 0; i < part_labels.size(); ++i) {
        const auto& part = plan_.prompt.parts[i];
        const auto text = part ? render(*part, "prompt") : std::optional<std::string>("");
        whole = whole && text;
        const auto line = trimmed_end(text.value_or(""));
        if (part && i == 0 && text && line.empty())
            refuse(*part, "prompt.subject: is empty");
        if (!line.empty())
            prompt += (prompt.empty() ? "" : "\n") + std::string(part_labels[i]) + line;
    }
    if (whole && plan_.prompt.whole && prompt.empty())
        refuse(*plan_.prompt.whole, "prompt: is empty");
}

template <class Enum, std::size_t N>
std::optional<Enum> item_builder::word(const text_field& field, std::string_view name,
                                       const std::array<std::string_view, N>& words)
{
    const auto text = render(field, name);
    if (!text)
        return std::nullopt;
    const auto found = job::enum_named<Enum>(words, *text);
    if (!found)
        refuse(field, std::string(name) + ": expected " + alternatives(words) + ", found '" +
                          *text + "'" + base::did_you_mean(*text, words));
    return found;
}

void item_builder::build_request()
{
    auto& request = item_.request;
    const auto text = [&](const std::optional<text_field>& field, std::string_view name,
                          std::string& target) {
        if (!field)
            return;
        const auto value = render(*field, name);
        target = value.value_or("");
        if (value && value->empty())
            refuse(*field, std::string(name) + ": is empty");
    };
    const auto one_of = [&](const std::optional<text_field>& field, std::string_view name,
                            std::string& target, std::span<const std::string_view> words) {
        text(field, name, target);
        if (!target.empty() && std::ranges::find(words, target) == words.end())
            refuse(*field, std::string(name) + ": expected " + alternatives(words) + ", found '" +
                               target + "'" + base::did_you_mean(target, words));
    };
    if (plan_.size)
        if (const auto size = render(*plan_.size, "size"); size && *size != "auto") {
            request.size = job::parse_image_size(*size);
            if (!request.size)
                refuse(*plan_.size,
                       "size: expected auto or WIDTHxHEIGHT in pixels, such as 1536x1024, found '" +
                           *size + "'");
        }
    text(plan_.quality, "quality", request.quality);
    one_of(plan_.background, "background", request.background, background_names);
    one_of(plan_.moderation, "moderation", request.moderation, moderation_names);
    one_of(plan_.input_fidelity, "input_fidelity", request.input_fidelity, fidelity_names);
    one_of(plan_.action, "action", request.action, action_names);
    if (plan_.format)
        request.format = word<job::image_format>(*plan_.format, "format", job::image_format_names);
    request.compression = plan_.compression;
    request.stream = plan_.stream;
    request.partial_images = plan_.partial_images;
}

std::optional<job::reference_image>
item_builder::inspect(const text_field& field, std::string_view name, const std::string& rights)
{
    const auto file = render(field, name);
    if (!file)
        return std::nullopt;
    const auto refuse_file = [&](const std::string& why) {
        complaints_.at_entry(field.offset, std::string(name) + ": '" + *file + "': " + why,
                             complaints_.spread_of(field));
        return std::nullopt;
    };
    if (file->empty() || file->find('\0') != std::string::npos)
        return refuse_file("not a file name");
    if (file->starts_with("http://") || file->starts_with("https://"))
        return refuse_file("expected a file, found an address; download it first");
    auto image = references_.inspect(resolve(from_.folder, *file));
    if (!image)
        return refuse_file(image.error().detail);
    image->source = *file;
    image->rights = rights;
    return std::move(*image);
}

void item_builder::build_references()
{
    for (const auto& wanted : plan_.references)
        if (auto image = inspect(wanted.file, "file", wanted.rights))
            item_.request.references.push_back(std::move(*image));
    if (plan_.mask)
        item_.request.mask = inspect(*plan_.mask, "mask", {});
}

void item_builder::build_expectation()
{
    const auto& request = item_.request;
    auto& expect = item_.expect;
    expect.size = plan_.expect.size.value_or(request.size);
    expect.format = plan_.expect.format.value_or(request.expected_format());
    expect.alpha = plan_.expect.alpha.value_or(request.background == "transparent"
                                                   ? job::expectation::alpha_rule::required
                                                   : job::expectation::alpha_rule::any);
}

void item_builder::build_outputs()
{
    std::vector<template_text::complaint> none;
    static const text_field path_of_several{
        template_text("{{item.id}}/{{item.output}}.{{item.ext}}", none), 0};
    static const text_field path_of_one{template_text("{{item.id}}.{{item.ext}}", none), 0};
    for (const auto& wanted : plan_.outputs) {
        job::output_spec spec = wanted.spec;
        const auto stored = wanted.spec.format;
        spec.path.clear();
        scope_.set(builtin::output, spec.name);
        const auto ext = stored == job::output_format::original
                             ? job::extension_of(item_.request.expected_format())
                             : job::extension_of(*job::enum_named<job::image_format>(
                                   job::image_format_names, job::name_of(stored)));
        scope_.set(builtin::ext, std::string(ext));
        const auto& given = wanted.path ? wanted.path : plan_.path;
        const auto& field = given                      ? *given
                            : plan_.outputs.size() > 1 ? path_of_several
                                                       : path_of_one;
        if (const auto path = render(field, "path", template_text::insertion::path); path) {
            spec.path = *path;
            if (id_good_) // else the path is wrong for the same reason
                claim_path(spec.path, spec.name, given ? *given : field,
                           given ? given->offset : wanted.offset);
        }
        for (const auto& text : wanted.texts)
            build_text(text, spec);
        item_.outputs.push_back(std::move(spec));
    }
    scope_.clear(builtin::output);
    scope_.clear(builtin::ext);
}

// The size that the output will have; nothing when that is not known before the picture is.
std::optional<job::image_size> item_builder::size_of(const job::output_spec& spec) const
{
    if (!item_.expect.size)
        return std::nullopt;
    return spec.fit ? image::plan_fit(*item_.expect.size, *spec.fit).canvas : *item_.expect.size;
}

// Fonts are opened, letters looked for in them and lines broken here, because a text that cannot be
// set should cost nothing.
void item_builder::build_text(const text_plan& wanted, job::output_spec& spec)
{
    job::text_spec made = wanted.spec;
    std::vector<std::string> paths;
    for (const auto& font : wanted.fonts) {
        const auto path = resolve(from_.folder, font.file);
        const auto opened = fonts_.inspect(path);
        if (!opened) {
            complaints_.at_entry(font.offset, "font: '" + font.file + "': " + opened.error().detail,
                                 {});
            continue;
        }
        made.fonts.push_back({path, (*opened)->sha256});
        paths.push_back(path);
    }
    const auto text = wanted.text ? render(*wanted.text, "text") : std::nullopt;
    if (!text || paths.empty() || paths.size() != wanted.fonts.size())
        return; // said already
    made.text = *text;
    if (const auto length = base::utf8_length(made.text); length > job::text_characters_max)
        refuse(*wanted.text, "text: expected at most " + std::to_string(job::text_characters_max) +
                                 " characters, found " + std::to_string(length));
    else if (const auto fonts = fonts_.set_of(paths); !fonts)
        complaints_.at_entry(wanted.offset, "font: " + fonts.error().detail, {});
    else if (const auto missing = (*fonts)->missing(made.text); !missing.empty())
        refuse(*wanted.text, "text: no font has " + image::name_characters(missing) +
                                 "; add one that does to 'font'");
    else if (const auto output = size_of(spec); output && !made.text.empty())
        if (const auto placed = image::place_text(made, *output, **fonts); !placed)
            refuse(*wanted.text, "text: " + base::printable(placed.error().detail));
    spec.texts.push_back(std::move(made));
}

void item_builder::claim_path(const std::string& path, const std::string& output,
                              const text_field& field, std::uint32_t offset)
{
    const auto refuse_path = [&](const std::string& why, spread by) {
        complaints_.at_row(offset, "path of output '" + output + "': '" + path + "' " + why, by);
    };
    constexpr spread this_item{true, true};
    if (const auto wrong = check_output_path(path); !wrong.empty()) {
        refuse_path(wrong, complaints_.spread_of(field));
        return;
    }
    if (const auto first = taken_.files.add(path, complaints_.here())) {
        refuse_path("is written by an item of " + complaints_.name_of(*first) +
                        " too; add {{id}} or {{output}} to the path",
                    this_item);
        return;
    }
    if (const auto folder = taken_.folders.find(path)) {
        refuse_path("is a folder for an item of " + complaints_.name_of(*folder), this_item);
        return;
    }
    // Every folder above the file. Items of one folder mostly follow each other.
    const auto last = path.rfind('/');
    if (last == std::string::npos || path.compare(0, last, last_folder_) == 0)
        return;
    last_folder_ = path.substr(0, last);
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        const auto folder = std::string_view(path).substr(0, slash);
        if (const auto file = taken_.files.find(folder))
            refuse_path("needs the folder '" + std::string(folder) +
                            "', which is a file of an item of " + complaints_.name_of(*file),
                        this_item);
        (void)taken_.folders.add(folder, complaints_.here());
    }
}

void item_builder::check_request()
{
    std::vector<std::string_view> checked;
    for (std::size_t i = 0; i < item_.routes.size(); ++i) {
        const auto& route = item_.routes[i];
        if (std::ranges::find(checked, route.model) != checked.end())
            continue;
        checked.push_back(route.model);
        const auto* known = from_.capabilities.find(route.model);
        const auto asked = job::check_request(job::request_for(item_, route), known);
        for (const auto& one : asked)
            complaints_.about_request(one, model_offsets_[i]);
        for (std::size_t step = 1; asked.empty() && step <= item_.downgrades.size(); ++step)
            for (auto one : job::check_request(job::request_for(item_, route, step), known)) {
                one.field = "downgrade";
                one.message = "downgrade " + std::to_string(step) + ": " + one.message;
                complaints_.about_request(one, model_offsets_[i]);
            }
    }
    if (!item_.request.action.empty() &&
        std::ranges::none_of(
            item_.routes, [](const job::route& route) { return route.api == job::api_responses; }))
        refuse(*plan_.action, "action: goes with a route of api: responses");
    if (item_.request.action == "edit" && !item_.request.is_edit())
        refuse(*plan_.action, "action: edit needs a picture: references or after");
}

// The value that this item gives the text is wrong.
void item_builder::refuse(const text_field& field, std::string message)
{
    complaints_.at_row(field.offset, std::move(message), complaints_.spread_of(field));
}

std::optional<std::string> item_builder::render(const text_field& field, std::string_view name,
                                                template_text::insertion how)
{
    std::string text;
    if (const auto why = field.text.render(scope_, text, how)) {
        complaints_.about_template(field, name, *why, scope_);
        return std::nullopt;
    }
    return text;
}

} // namespace engine::manifest
