// reverie lab gradient IMAGE --objective EXPR --dump OUT.safetensors: the bare gradient of an
// objective at a picture, and the activations of its layers. What golden files are compared with.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "src/cli/lab.h"
#include "src/dream/dreamer.h"
#include "src/net/execution_plan.h"
#include "src/net/safetensors.h"
#include "src/session/picture_file.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct GradientOptions {
    std::string image;
    std::string objective = std::string(find_param("objective").initial);
    std::string dump;
};

/// The outputs of all layers that the objective names, under the names that it uses.
std::vector<NamedTensor> layer_outputs(Runtime& runtime, ExecutionPlan& plan,
                                       const Objective& objective) {
    std::vector<NamedTensor> tensors;
    std::set<std::string> done;
    for (const Term& term : objective.terms) {
        if (subject_of(term).kind != Subject::Kind::layer) continue;
        const LayerInfo& layer = runtime.network->find(subject_of(term).name);
        if (!done.insert(layer.name).second) continue;
        const Extent extent = plan.extent(layer.node);
        tensors.push_back({"act/" + layer.name,
                           {layer.channels, extent.height, extent.width},
                           plan.activations(*runtime.stream, layer.node)});
    }
    return tensors;
}

Objective parse_objective_option(const std::string& text) {
    try {
        return parse_objective(text);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
}

double mean_abs(const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += std::abs(value);
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

void run_gradient(const GlobalOptions& globals, const GradientOptions& options) {
    const Objective objective = parse_objective_option(options.objective);
    if (!masks_of(objective).empty())
        throw UsageError("the gradient of a whole picture has no masks; leave out the @");
    GlobalOptions exact = globals;
    // A measurement is exact unless it is to be what renders.
    if (exact.precision == "auto") exact.precision = "exact";
    Runtime runtime = open_runtime(exact);
    const Picture picture = load_picture(*runtime.device, *runtime.stream, options.image);
    const int width = picture.rgb.width();
    const int height = picture.rgb.height();
    const std::vector<Tap> taps = resolve(*runtime.network, objective);
    ExecutionPlan& plan = runtime.network->plan(width, height, taps);
    plan.set_taps(*runtime.stream, taps);
    Image gradient(*runtime.device, width, height, 3);
    plan.gradient(*runtime.stream, picture.rgb, 0, 0, gradient);
    const double loss = plan.objective_value(*runtime.stream);
    const std::vector<float> values = download_picture(*runtime.device, *runtime.stream, gradient);
    if (!options.dump.empty()) {
        std::vector<NamedTensor> tensors{{"grad", {3, height, width}, values}};
        for (NamedTensor& tensor : layer_outputs(runtime, plan, objective))
            tensors.push_back(std::move(tensor));
        write_safetensors(
            options.dump, tensors,
            {{"loss", fmt::format("{:.17g}", loss)}, {"objective", to_text(objective)}});
    }
    const nlohmann::ordered_json result{{"objective", to_text(objective)},
                                        {"network", runtime.network->weights().graph.architecture},
                                        {"width", width},
                                        {"height", height},
                                        {"precision", precision_name(*runtime.network)},
                                        {"loss", loss},
                                        {"mean_abs_gradient", mean_abs(values)}};
    print_out("{}\n", result.dump(2));
}

}  // namespace

void add_lab_gradient(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<GradientOptions>();
    CLI::App* command = lab.add_subcommand("gradient",
                                           "The gradient of an objective at a picture (exact unless"
                                           " --precision f32 or bf16 asks for what renders)");
    command->fallthrough();
    command->add_option("image", options->image, "a picture")->required();
    command->add_option("--objective", options->objective, "what to climb")->capture_default_str();
    command->add_option("--dump", options->dump,
                        "write grad, act/<layer> and the loss to this .safetensors file");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_gradient(globals, *options); };
    });
}

}  // namespace reverie
