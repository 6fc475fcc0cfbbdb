#include "engine/sim/art/wording.hpp"

#include "engine/base/random.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace engine::sim::art {

namespace {

template <class Value>
struct entry {
    std::string_view word;
    Value value;
};

constexpr entry<thing> things[] = {
    {"lamp", thing::lamp},
    {"lantern", thing::lamp},
    {"mug", thing::mug},
    {"cup", thing::mug},
    {"coffee", thing::mug},
    {"espresso", thing::mug},
    {"chair", thing::chair},
    {"stool", thing::chair},
    {"armchair", thing::sofa},
    {"sofa", thing::sofa},
    {"couch", thing::sofa},
    {"bottle", thing::bottle},
    {"perfume", thing::bottle},
    {"wine", thing::bottle},
    {"serum", thing::bottle},
    {"flask", thing::bottle},
    {"shampoo", thing::bottle},
    {"shoe", thing::shoe},
    {"sneaker", thing::shoe},
    {"boot", thing::shoe},
    {"trainer", thing::shoe},
    {"bag", thing::bag},
    {"handbag", thing::bag},
    {"tote", thing::bag},
    {"purse", thing::bag},
    {"backpack", thing::backpack},
    {"rucksack", thing::backpack},
    {"watch", thing::watch},
    {"wristwatch", thing::watch},
    {"smartwatch", thing::watch},
    {"headphone", thing::headphones},
    {"headset", thing::headphones},
    {"earphone", thing::headphones},
    {"teapot", thing::teapot},
    {"kettle", thing::teapot},
    {"plant", thing::plant},
    {"cactus", thing::plant},
    {"succulent", thing::plant},
    {"camera", thing::camera},
    {"clock", thing::clock},
    {"candle", thing::candle},
    {"vase", thing::vase},
    {"pitcher", thing::vase},
    {"jug", thing::vase},
    {"glasses", thing::glasses},
    {"sunglasses", thing::glasses},
    {"eyewear", thing::glasses},
    {"phone", thing::phone},
    {"smartphone", thing::phone},
    {"tablet", thing::phone},
    {"laptop", thing::laptop},
    {"computer", thing::laptop},
    {"book", thing::book},
    {"notebook", thing::book},
    {"journal", thing::book},
    {"jar", thing::jar},
    {"cream", thing::jar},
    {"cosmetic", thing::jar},
    {"honey", thing::jar},
    {"jam", thing::jar},
    {"hat", thing::hat},
    {"cap", thing::hat},
    {"lighthouse", thing::lighthouse},
    {"house", thing::house},
    {"cottage", thing::house},
    {"cabin", thing::house},
    {"tree", thing::tree},
    {"cat", thing::cat},
    {"kitten", thing::cat},
    {"fox", thing::cat},
    {"bowl", thing::bowl},
    {"plate", thing::bowl},
    {"ball", thing::ball},
    {"orb", thing::ball},
    {"globe", thing::ball},
    {"portrait", thing::person},
    {"avatar", thing::person},
    {"character", thing::person},
    {"woman", thing::person},
    {"man", thing::person},
    {"girl", thing::person},
    {"boy", thing::person},
    {"person", thing::person},
    {"child", thing::person},
    {"people", thing::person},
    {"wizard", thing::person},
    {"knight", thing::person},
    {"astronaut", thing::person},
    {"detective", thing::person},
    {"explorer", thing::person},
    {"hero", thing::person},
    {"heroine", thing::person},
    {"chef", thing::person},
    {"cover", thing::abstract},
    {"banner", thing::abstract},
    {"blog", thing::abstract},
    {"abstract", thing::abstract},
    {"geometric", thing::abstract},
    {"pattern", thing::abstract},
    {"wallpaper", thing::abstract},
    {"illustration", thing::abstract},
    {"infographic", thing::abstract},
};

constexpr entry<place> places[] = {
    {"studio", place::studio},      {"seamless", place::studio},
    {"backdrop", place::studio},    {"beach", place::beach},
    {"sand", place::beach},         {"seaside", place::beach},
    {"coast", place::beach},        {"snow", place::snow},
    {"snowy", place::snow},         {"winter", place::snow},
    {"ice", place::snow},           {"arctic", place::snow},
    {"city", place::city},          {"street", place::city},
    {"urban", place::city},         {"skyline", place::city},
    {"rooftop", place::city},       {"kitchen", place::kitchen},
    {"counter", place::kitchen},    {"countertop", place::kitchen},
    {"forest", place::forest},      {"woods", place::forest},
    {"woodland", place::forest},    {"jungle", place::forest},
    {"room", place::room},          {"interior", place::room},
    {"bedroom", place::room},       {"loft", place::room},
    {"home", place::room},          {"desk", place::desk},
    {"office", place::desk},        {"workspace", place::desk},
    {"garden", place::garden},      {"meadow", place::garden},
    {"park", place::garden},        {"spring", place::garden},
    {"field", place::garden},       {"desert", place::desert},
    {"dune", place::desert},        {"canyon", place::desert},
    {"mountain", place::mountains}, {"alpine", place::mountains},
    {"hill", place::mountains},     {"valley", place::mountains},
    {"space", place::space},        {"galaxy", place::space},
    {"planet", place::space},       {"cosmic", place::space},
    {"star", place::space},         {"sea", place::sea},
    {"ocean", place::sea},          {"lake", place::sea},
    {"harbor", place::sea},         {"harbour", place::sea},
    {"cafe", place::cafe},          {"restaurant", place::cafe},
    {"bar", place::cafe},           {"bistro", place::cafe},
};

constexpr entry<light> lights[] = {
    {"sunset", light::golden},   {"golden", light::golden},   {"dusk", light::golden},
    {"warm", light::golden},     {"autumn", light::golden},   {"night", light::night},
    {"midnight", light::night},  {"evening", light::night},   {"dark", light::night},
    {"moonlight", light::night}, {"morning", light::morning}, {"dawn", light::morning},
    {"sunrise", light::morning}, {"pastel", light::morning},
};

constexpr entry<weather> weathers[] = {
    {"snowing", weather::snow},  {"snowfall", weather::snow},  {"falling snow", weather::snow},
    {"blizzard", weather::snow}, {"snowflake", weather::snow}, {"rain", weather::rain},
    {"rainy", weather::rain},    {"raining", weather::rain},   {"storm", weather::rain},
    {"fog", weather::fog},       {"foggy", weather::fog},      {"mist", weather::fog},
    {"misty", weather::fog},
};

constexpr entry<material> materials[] = {
    {"ceramic", material::glossy}, {"porcelain", material::glossy}, {"enamel", material::glossy},
    {"glazed", material::glossy},  {"brass", material::metal},      {"copper", material::metal},
    {"steel", material::metal},    {"metal", material::metal},      {"chrome", material::metal},
    {"silver", material::metal},   {"bronze", material::metal},     {"aluminium", material::metal},
    {"aluminum", material::metal}, {"gold", material::metal},       {"glass", material::glass},
    {"crystal", material::glass},  {"wooden", material::wood},      {"wood", material::wood},
    {"oak", material::wood},       {"walnut", material::wood},      {"bamboo", material::wood},
    {"teak", material::wood},      {"leather", material::leather},  {"suede", material::leather},
    {"linen", material::fabric},   {"wool", material::fabric},      {"cotton", material::fabric},
    {"canvas", material::fabric},  {"velvet", material::fabric},    {"felt", material::fabric},
    {"knitted", material::fabric}, {"paper", material::paper},      {"cardboard", material::paper},
    {"origami", material::paper},
};

constexpr entry<unsigned> colours[] = {
    {"red", 0xC8322B},      {"crimson", 0xA81C33},   {"scarlet", 0xD0342C},
    {"burgundy", 0x6E1F30}, {"maroon", 0x6B2430},    {"orange", 0xE07B2E},
    {"coral", 0xEE7B66},    {"peach", 0xF2B08C},     {"terracotta", 0xC2643F},
    {"rust", 0xA8502C},     {"yellow", 0xEFC237},    {"mustard", 0xCF9B2A},
    {"gold", 0xCFA346},     {"amber", 0xD9922B},     {"honey", 0xD69A3A},
    {"green", 0x4B9457},    {"olive", 0x75793F},     {"sage", 0x9CAF8E},
    {"mint", 0xA5D9C1},     {"emerald", 0x1E8461},   {"lime", 0xA3CC45},
    {"teal", 0x2A7F86},     {"turquoise", 0x3FB6B2}, {"cyan", 0x41B7CB},
    {"blue", 0x3568B0},     {"navy", 0x22345F},      {"azure", 0x4A94DA},
    {"cobalt", 0x2449A5},   {"indigo", 0x3F3D8F},    {"purple", 0x7646A0},
    {"violet", 0x7A55BA},   {"lavender", 0xB3A4D6},  {"lilac", 0xC6A9DA},
    {"plum", 0x6E3A62},     {"pink", 0xE792AE},      {"rose", 0xD98595},
    {"magenta", 0xC23A8B},  {"blush", 0xEBBCB4},     {"brown", 0x75502F},
    {"tan", 0xC49A6C},      {"beige", 0xDCC9AD},     {"sand", 0xD9C29B},
    {"cream", 0xF1E6D0},    {"ivory", 0xF3ECDC},     {"white", 0xF2F1EE},
    {"grey", 0x8C9096},     {"gray", 0x8C9096},      {"charcoal", 0x3A3E45},
    {"black", 0x24252A},    {"silver", 0xBFC4C9},    {"brass", 0xC59A4A},
    {"bronze", 0x9C6B3A},   {"copper", 0xBF7148},    {"walnut", 0x6B4A32},
    {"oak", 0xB98D5B},      {"bamboo", 0xCFB073},
};

constexpr std::string_view continuing[] = {"same",   "now",  "keep", "replace", "change", "add",
                                           "remove", "turn", "put",  "make",    "this",   "edit"};

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words(1);
    for (const char c : text) {
        const bool upper = c >= 'A' && c <= 'Z';
        const auto byte = static_cast<unsigned char>(c);
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80 || c == '#')
            words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty())
        words.pop_back();
    return words;
}

// "lamps" is a lamp, "glasses" stays: the plain word is tried first.
template <class Value, std::size_t N>
const Value* find(const entry<Value> (&table)[N], std::string_view word)
{
    for (int attempt = 0; attempt < 2; ++attempt) {
        for (const auto& one : table)
            if (one.word == word)
                return &one.value;
        if (!word.ends_with('s') || word.size() < 4)
            break;
        word.remove_suffix(1);
    }
    return nullptr;
}

// Things that are named after one of these words are where the subject is, not what it is.
bool leads_elsewhere(std::string_view word)
{
    constexpr std::array<std::string_view, 12> leads = {"on",   "in",      "at",     "near",
                                                        "with", "without", "beside", "behind",
                                                        "no",   "from",    "under",  "by"};
    return std::ranges::find(leads, word) != leads.end();
}

// "in a sunny kitchen", "onto the beach": up to three words may stand between.
bool led_to(const std::vector<std::string>& words, std::size_t at)
{
    constexpr std::array<std::string_view, 12> leads = {"in",   "on",     "at",      "into",
                                                        "onto", "inside", "to",      "by",
                                                        "near", "before", "against", "under"};
    for (std::size_t i = at > 4 ? at - 4 : 0; i < at; ++i)
        if (std::ranges::find(leads, words[i]) != leads.end())
            return true;
    return false;
}

struct thing_found {
    thing what = thing::none;
    std::size_t at = 0;
    int rank = 0; // 3 = plainly named, 2 = in another part of the sentence, 1 = a cover or banner
};

thing_found find_thing(const std::vector<std::string>& words)
{
    thing_found best;
    bool elsewhere = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        elsewhere = elsewhere || leads_elsewhere(words[i]);
        const thing* what = find(things, words[i]);
        if (!what || (i > 0 && words[i - 1] == "no"))
            continue;
        const int rank = *what == thing::abstract ? 1 : elsewhere ? 2 : 3;
        // Of several in one part of a sentence the last is the noun: "camera bag", "coffee mug".
        const bool compound = rank == best.rank && i == best.at + 1;
        if (rank > best.rank || compound)
            best = {*what, i, rank};
    }
    return best;
}

void read_framing(wording& found)
{
    const auto& words = found.words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto side_after = [&](std::string_view side) {
            return std::find(words.begin() + static_cast<std::ptrdiff_t>(i),
                             words.begin() +
                                 static_cast<std::ptrdiff_t>(std::min(i + 6, words.size())),
                             side) !=
                   words.begin() + static_cast<std::ptrdiff_t>(std::min(i + 6, words.size()));
        };
        // "negative space on the left" puts the subject at the right.
        if ((words[i] == "space" || words[i] == "copyspace") && i > 0 &&
            (words[i - 1] == "negative" || words[i - 1] == "copy" || words[i - 1] == "empty"))
            found.aside = side_after("left") ? 1.0f : side_after("right") ? -1.0f : found.aside;
        if (words[i] == "close" || words[i] == "closeup" || words[i] == "macro")
            found.size = 1.25f;
        if (words[i] == "wide" || words[i] == "distant" || words[i] == "minimal" ||
            words[i] == "minimalist")
            found.size = 0.78f;
        if (words[i] == "positioned" || words[i] == "placed")
            found.aside = side_after("left") ? -1.0f : side_after("right") ? 1.0f : found.aside;
    }
}

void read_colours(wording& found, std::size_t thing_at)
{
    for (std::size_t i = 0; i < found.words.size(); ++i) {
        std::optional<colour> named;
        if (const unsigned* code = find(colours, found.words[i]))
            named = hex(*code);
        if (!named)
            continue;
        // "pure green background", "a green studio backdrop": up to two words may stand between.
        bool of_background = false;
        for (std::size_t k = i + 1; k < std::min(i + 4, found.words.size()); ++k)
            of_background = of_background || found.words[k] == "background" ||
                            found.words[k] == "backdrop" || found.words[k] == "wall";
        if (of_background)
            found.background = named;
        else if (!found.main &&
                 (i < thing_at + 4 || found.what == thing::none)) // "a mug in sage green"
            found.main = named;
        else if (!found.accent)
            found.accent = named;
    }
}

// Plain colours to be keyed out are meant exactly.
void read_plain_background(wording& found)
{
    const bool keyed = found.says("plain") || found.says("pure") || found.says("solid") ||
                       found.says("chroma") || found.says("cutout");
    if (!keyed || !(found.says("background") || found.says("chroma") || found.says("cutout")))
        return;
    found.where = place::plain;
    if (found.says("green"))
        found.background = colour{0, 1, 0};
    else if (found.says("blue"))
        found.background = colour{0, 0, 1};
    else if (found.says("magenta"))
        found.background = colour{1, 0, 1};
    else if (found.says("black"))
        found.background = colour{0, 0, 0};
    else if (!found.background || found.says("white"))
        found.background = colour{1, 1, 1};
}

} // namespace

bool wording::says(std::string_view word) const
{
    return std::ranges::find(words, word) != words.end();
}

wording read_wording(std::string_view prompt)
{
    wording found;
    found.hash = base::stable_hash(prompt);
    found.words = words_of(prompt.substr(0, 4000));
    const auto named = find_thing(found.words);
    found.what = named.what;
    found.named = named.rank > 0;
    for (std::size_t i = 0; i < found.words.size(); ++i) {
        const auto& word = found.words[i];
        const auto two = i + 1 < found.words.size() ? word + " " + found.words[i + 1] : word;
        // "no beach", "negative space", "falling snow" name no place.
        const std::string_view before = i > 0 ? std::string_view(found.words[i - 1]) : "";
        const bool negated = before == "no" || before == "copy" || before == "negative" ||
                             before == "empty" || before == "falling";
        if (const place* where = find(places, word);
            where && !negated && (!found.placed || found.where == place::studio)) {
            found.where = *where;
            found.placed = true;
            found.led_there = led_to(found.words, i);
        }
        if (const light* when = find(lights, word))
            found.when = *when;
        if (const weather* sky = find(weathers, two); sky || (sky = find(weathers, word)))
            found.sky = *sky;
        if (const material* of = find(materials, word); of && found.of == material::plain)
            found.of = *of;
        constexpr std::array<std::string_view, 12> views = {
            "room",  "scene", "picture", "image",   "photo",       "view",
            "place", "shot",  "angle",   "kitchen", "composition", "camera"};
        found.same_place =
            found.same_place || (before == "same" && std::ranges::find(views, word) != views.end());
        found.continues =
            found.continues || std::ranges::find(continuing, word) != std::end(continuing);
    }
    if (found.sky == weather::snow && found.where == place::studio)
        found.where = place::snow;
    // A place alone is a landscape; nothing at all is an object that the hash picks.
    if (!found.named && !found.placed) {
        constexpr std::array<thing, 6> any = {thing::vase, thing::bottle, thing::bowl,
                                              thing::ball, thing::jar,    thing::lamp};
        found.what = any[found.hash % any.size()];
    }
    if (!found.named && found.placed &&
        (found.where == place::studio || found.where == place::desk))
        found.what = thing::vase;
    read_colours(found, found.named ? named.at + 1 : found.words.size());
    read_plain_background(found);
    read_framing(found);
    // A character is named by the words of its first part: up to a comma or a word that leads on.
    std::string who;
    for (const char c : prompt.substr(0, 400)) {
        if (c == ',' || c == '.' || c == ';' || c == ':' || c == '\n')
            break;
        who += c;
    }
    for (const auto& word : words_of(who)) {
        if (word != "with" && leads_elsewhere(word))
            break;
        found.who = (found.who ^ base::stable_hash(word)) * 0x9E3779B97F4A7C15u;
    }
    return found;
}

} // namespace engine::sim::art
