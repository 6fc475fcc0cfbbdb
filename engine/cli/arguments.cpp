// arguments: the command line of darkroom, with the help that teaches it.
#include "engine/cli/arguments.hpp"

#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/local_time.hpp"
#include "engine/cli/shared_options.hpp"
#include "engine/runtime/clock.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace engine::cli {

namespace {

constexpr const char* about =
    "darkroom makes batches of generated images: a YAML manifest in; checked, re-encoded images "
    "and an honest ledger out.\n"
    "Nothing is bought twice: run the same command again and it finishes what is missing.";

constexpr const char* examples =
    "Start here (no key, no network, no cost):\n"
    "  darkroom init                          write a starter manifest, darkroom.yaml\n"
    "  darkroom plan darkroom.yaml            what would be made, and for how much\n"
    "  darkroom rehearse darkroom.yaml        the whole run in seconds, on a virtual clock\n"
    "  darkroom run darkroom.yaml             make it; again: finish what is missing\n"
    "\n"
    "Exit status: 0 all done · 1 some items failed · 2 usage or manifest error, nothing sent · 3 "
    "authentication ·\n"
    "4 file or model not found · 5 provider down · 7 budget reached · 8 unknown outcomes · 124 "
    "deadline ·\n130/143 interrupted\n";

struct everything {
    run_settings run;
    std::string plan_max_cost;
    retry_settings retry;
    running_words run_words, retry_words;
    std::string plan_deadline, pause_folder, continue_folder;
    plan_settings plan;
    rehearse_settings rehearse;
    running_words rehearse_words;
    simulate_settings simulate;
    doctor_settings doctor;
    recon_settings recon;
    std::string validate_manifest, report_folder, status_folder;
    bool status_json = false;
    std::string schema = "manifest";
    std::string init_file = "darkroom.yaml";
};

void add_run(CLI::App& app, everything& all)
{
    auto* run = app.add_subcommand(
        "run", "Make what the manifest asks for; the same command again continues");
    auto& wanted = all.run;
    add_manifest(*run, wanted.manifest,
                 "The manifest, a YAML file; or a plan that 'plan --save' wrote: then exactly that "
                 "is done");
    run->add_option("-o,--output", wanted.folder, "Output folder [out/<manifest name>]")
        ->type_name("DIR");
    add_running(*run, all.run_words, wanted);
    add_selection(*run, wanted.items);
    add_reopening(*run, wanted.items);
    run->footer("First Ctrl-C: finish what is paid for, then stop. Second: give up what is in "
                "flight (it may be billed).\n"
                "API keys come from the environment or .env: OPENAI_API_KEY, XAI_API_KEY, or what "
                "the manifest names.");
}

void add_retry(CLI::App& app, everything& all)
{
    auto* retry = app.add_subcommand(
        "retry", "Try again what earlier runs over a folder gave up, and nothing else");
    auto& wanted = all.retry.run;
    retry->add_option("folder", all.retry.folder, "Output folder of a run")
        ->required()
        ->type_name("DIR");
    retry
        ->add_option("--class", wanted.items.classes,
                     "Only what ended so: an outcome or a cause as the report names it, such as "
                     "refused, bad_output, attempts; unknown buys again what may have been billed; "
                     "may be repeated [all that failed, and what fallback holds]")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->check(classes());
    add_running(*retry, all.retry_words, wanted);
    add_selection(*retry, wanted.items);
    retry->footer("The manifest is that of the folder's last run, as it is now.");
}

void add_plan(CLI::App& app, everything& all)
{
    auto* plan = app.add_subcommand(
        "plan", "Show what a run would do, for how much and for how long; sends nothing");
    auto& wanted = all.plan;
    add_manifest(*plan, wanted.manifest);
    plan->add_option("-o,--output", wanted.folder, "Output folder [out/<manifest name>]")
        ->type_name("DIR");
    plan->add_option("-j,--concurrency", wanted.concurrency,
                     "Requests at once, for the time estimate")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000));
    add_cache(*plan, wanted.cache);
    add_selection(*plan, wanted.items);
    plan->add_option("--max-cost", all.plan_max_cost,
                     "The cap that the run will get; the manifest's budget holds too")
        ->type_name("USD")
        ->check(dollars());
    plan->add_option("--save", wanted.save,
                     "Keep the plan in this file: 'darkroom run FILE' does exactly that, or says "
                     "what has changed")
        ->type_name("FILE");
    add_reopening(*plan, wanted.items);
    plan->add_option("--deadline", all.plan_deadline, "Say whether the work is done by then")
        ->type_name("TIME")
        ->check(deadlines());
    plan->add_flag("--no-shared-limits", wanted.no_shared_limits,
                   "Do not count on limits that earlier runs learned");
    plan->add_flag("--all", wanted.all, "List every item, not only the first 50");
    plan->add_flag("--json", wanted.json, "One JSON object a line: an item each, then the totals");
    plan->add_flag("--detailed-exitcode", wanted.detailed_exitcode,
                   "Exit 0 when nothing is to be done, 2 when something is");
    plan->footer("Actions: new (buy), retry (buy again), reuse (made from bytes that are there, "
                 "free), recover (a lost\nanswer that the provider may still have: fetched, free), "
                 "done, held (may have been billed without a\nresult), failed (the provider "
                 "refused it).");
}

void add_recon(CLI::App& app, recon_settings& wanted)
{
    auto* recon = app.add_subcommand(
        "recon", "Attempts that may have been charged without a picture: list them, fetch what the "
                 "provider still has");
    recon->add_option("folder", wanted.folder, "Output folder of a run")
        ->required()
        ->type_name("DIR");
    recon->add_flag("--list", wanted.list_only, "Only list them: ask nobody, write nothing");
    recon
        ->add_option("--settle", wanted.settle,
                     "Write down what you found in the provider's records: ITEM=free, or "
                     "ITEM=charged (the worst case); ITEM#2=... for one attempt of several. The "
                     "next run buys the picture again. May be repeated")
        ->type_name("ITEM[#N]=free|charged")
        ->allow_extra_args(false)
        ->check([](const std::string& text) {
            return text.ends_with("=free") || text.ends_with("=charged")
                       ? std::string{}
                       : "expected ITEM=free or ITEM=charged, got '" + text + "'";
        });
    recon->add_flag("--json", wanted.json, "As JSON on standard output");
    recon->footer(
        "Nothing is bought. Answers of the Responses API that the provider has stored are fetched "
        "for nothing, whatever\non_unknown says; their pictures are finished in the folder, and "
        "their true cost replaces the worst case.\nExit status: 0 nothing is in doubt any more · "
        "8 something is.");
}

void add_rehearse(CLI::App& app, everything& all)
{
    auto* rehearse = app.add_subcommand(
        "rehearse", "Make the whole run in seconds, for $0: the real engine on a virtual clock");
    auto& wanted = all.rehearse;
    add_manifest(*rehearse, wanted.run.manifest);
    rehearse
        ->add_option("-o,--output", wanted.results,
                     "Write the first night's ledger and report there, marked as a rehearsal "
                     "[nowhere]")
        ->type_name("DIR");
    rehearse
        ->add_option("--folder", wanted.run.folder,
                     "Output folder that the run would continue [out/<manifest name>]; read, never "
                     "written")
        ->type_name("DIR");
    rehearse->add_option("--seed", wanted.seed, "Of the first night [1]")->type_name("N");
    rehearse
        ->add_option("--seeds", wanted.seeds,
                     "Nights, each with the next seed [10, fewer when there are many items or it "
                     "takes long]")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000));
    rehearse
        ->add_option("--start", wanted.start,
                     "When the night begins, such as 2026-11-21T22:00Z [now]; with it the same "
                     "seed gives the same ledger, byte for byte")
        ->type_name("TIME");
    rehearse
        ->add_option("--profile", wanted.profile,
                     "What goes wrong at real providers: instant, quick, realistic (nothing), "
                     "stormy [nothing]; look-alikes are as the manifest has them")
        ->type_name("NAME");
    add_bounds(*rehearse, all.rehearse_words, wanted.run);
    add_selection(*rehearse, wanted.run.items);
    rehearse->add_flag("--json", wanted.json, "Print the forecast as JSON");
    rehearse->footer("Nothing is sent, drawn or stored. What earlier runs have done counts as in "
                     "plan. docs/rehearse.md says what is real\nand what is a model.");
}

void add_others(CLI::App& app, everything& all)
{
    auto* validate = app.add_subcommand(
        "validate", "Check a manifest and everything it refers to; sends nothing");
    add_manifest(*validate, all.validate_manifest);

    auto* doctor = app.add_subcommand(
        "doctor", "Check keys, network, models, clock and disk: what is wrong and how to mend it");
    doctor
        ->add_option("manifest", all.doctor.manifest,
                     "Check what this manifest needs [the built-in providers that have a key here]")
        ->type_name("MANIFEST");
    doctor
        ->add_option("--text", all.doctor.text_model,
                     "Also ask this text model for one word; costs a fraction of a cent")
        ->type_name("MODEL");
    doctor->footer(
        "Asks each provider for its list of models, which costs nothing. Exit status: 0 a "
        "run can go well · 3 key ·\n4 model not found · 5 provider not reachable.");

    auto* status = app.add_subcommand("status", "Where a run stands, also while it runs");
    status->add_option("folder", all.status_folder, "Output folder of a run")
        ->required()
        ->type_name("DIR");
    status->add_flag("--json", all.status_json, "As JSON");

    add_recon(app, all.recon);
    auto* pause = app.add_subcommand(
        "pause", "Let a run start nothing new until `continue`; what is in flight is finished");
    pause->add_option("folder", all.pause_folder, "Output folder of a run")
        ->required()
        ->type_name("DIR");
    auto* go_on = app.add_subcommand("continue", "Let a paused run go on");
    go_on->add_option("folder", all.continue_folder, "Output folder of a run")
        ->required()
        ->type_name("DIR");

    auto* report =
        app.add_subcommand("report", "Write report.html and summary.json of a run again");
    report->add_option("folder", all.report_folder, "Output folder of a run")
        ->required()
        ->type_name("DIR");

    auto* simulate =
        app.add_subcommand("simulate", "Serve the provider look-alike, for any client");
    simulate
        ->add_option("--listen", all.simulate.listen,
                     "Address and port [127.0.0.1:8080]; port 0 takes a free one")
        ->type_name("ADDRESS:PORT");
    simulate
        ->add_option("--profile", all.simulate.profile,
                     "How it behaves: a JSON file, or instant, quick, realistic, stormy [quick]")
        ->type_name("FILE|NAME");
    simulate->footer(
        "It speaks the Images, Responses and Files APIs below /v1 and keeps its own bill at "
        "/simulator/bill. docs/simulator.md lists\n"
        "the profile's fields.");

    auto* schema = app.add_subcommand(
        "schema", "Print a JSON schema: of the manifest (for editors) or of the ledger");
    schema->add_option("which", all.schema, "manifest or ledger [manifest]")
        ->type_name("NAME")
        ->check(CLI::IsMember({"manifest", "ledger"}));

    auto* init = app.add_subcommand("init", "Write a starter manifest that runs on the look-alike");
    init->add_option("file", all.init_file, "File to write; never overwritten [darkroom.yaml]")
        ->type_name("FILE");
}

// The words as a shell takes them back.
std::string typed_again(int argc, const char* const* argv)
{
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,%+@";
    std::string line = "darkroom";
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        line += ' ';
        if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
            line += word;
            continue;
        }
        line += '\'';
        for (const char c : word)
            line += c == '\'' ? std::string("'\\''") : std::string(1, c);
        line += '\'';
    }
    return line;
}

} // namespace

int run_arguments(int argc, const char* const* argv)
{
    CLI::App app(about, "darkroom");
    app.require_subcommand(1);
    app.set_version_flag("--version", "darkroom " DARKROOM_VERSION);
    app.footer(examples);
    everything all;
    add_run(app, all);
    add_retry(app, all);
    add_plan(app, all);
    add_rehearse(app, all);
    add_others(app, all);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int status = app.exit(error); // prints help, version or what is wrong
        return status == 0 ? exit_done : exit_usage;
    }
    all.run.command_line = typed_again(argc, argv);
    all.plan.max_cost =
        all.plan_max_cost.empty() ? std::nullopt : base::parse_usd(all.plan_max_cost);
    all.retry.run.command_line = all.run.command_line;
    read_running(all.run_words, all.run);
    read_running(all.retry_words, all.retry.run);
    if (!all.plan_deadline.empty())
        all.plan.deadline = parse_deadline(all.plan_deadline, runtime::real_clock().wall_now());

    std::swap(all.rehearse.deadline, all.rehearse_words.deadline); // counts from its own start
    read_running(all.rehearse_words, all.rehearse.run);

    const std::pair<const char*, std::function<int()>> commands[] = {
        {"run", [&] { return run_command(all.run); }},
        {"retry", [&] { return retry_command(all.retry); }},
        {"pause", [&] { return pause_command(all.pause_folder); }},
        {"continue", [&] { return continue_command(all.continue_folder); }},
        {"plan", [&] { return plan_command(all.plan); }},
        {"rehearse", [&] { return rehearse_command(all.rehearse); }},
        {"validate", [&] { return validate_command(all.validate_manifest); }},
        {"doctor", [&] { return doctor_command(all.doctor); }},
        {"simulate", [&] { return simulate_command(all.simulate); }},
        {"report", [&] { return report_command(all.report_folder); }},
        {"recon", [&] { return recon_command(all.recon); }},
        {"status", [&] { return status_command(all.status_folder, all.status_json); }},
        {"schema", [&] { return schema_command(all.schema); }},
        {"init", [&] { return init_command(all.init_file); }},
    };
    for (const auto& [name, command] : commands)
        if (app.got_subcommand(name))
            return command();
    return exit_usage;
}

} // namespace engine::cli
