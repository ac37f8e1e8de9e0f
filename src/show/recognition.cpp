#include "src/show/recognition.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "src/util/error.h"

namespace reverie {
namespace {

using Seconds = std::chrono::duration<double>;

}  // namespace

/// A look at both pictures.
struct Recognition::Work {
    explicit Work(Network& of) : network(of), resizer(of.device()), watch(of) {}

    /// In the dream's thread.
    void look(Stream& stream);

    Network& network;
    Resizer resizer;
    ChannelWatch watch;
    std::array<Image, 2> pictures;
    std::array<std::vector<ChannelAnswer>, 2> answers;  ///< empty: nothing was seen
    double took_ms = 0;
};

void Recognition::Work::look(Stream& stream) {
    const auto begun = Clock::now();
    for (size_t i = 0; i < pictures.size(); ++i)
        answers.at(i) = watch.measure(stream, pictures.at(i), network.names().channels(), false);
    took_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

void Recognition::forget_network() {
    work_.reset();
    look_is_out_ = false;
    impressions_ = {Impression(kPlaces), Impression(kPlaces)};
    looked_ = {};
}

/// What was seen when nobody watched is not shown.
void Recognition::watch(bool on) {
    if (on && !watched_ && !reported_) impressions_ = {Impression(kPlaces), Impression(kPlaces)};
    watched_ = on;
}

double Recognition::every_s() const {
    if (watched_) return std::clamp(took_ms_ / 1e3 / kShare, kAtMostEveryS, kAtLeastEveryS);
    return reported_ ? kReportEveryS : INFINITY;
}

/// The last look has ended.
void Recognition::take(Clock::time_point now, const Network& network) {
    took_ms_ = work_->took_ms;
    const double since_s = Seconds(now - std::exchange(seen_, now)).count();
    for (size_t i = 0; i < impressions_.size(); ++i) {
        const std::vector<ChannelAnswer>& answers = work_->answers.at(i);
        if (!answers.empty()) impressions_.at(i).see(seen_words(network.names(), answers), since_s);
    }
}

void Recognition::advance(Clock::time_point now, Stream& stream, Network& network,
                          Pixels<const float> frame, Pixels<const float> shown,
                          DreamThread& thread) {
    const double gone_s = Seconds(now - std::exchange(advanced_, now)).count();
    for (Impression& impression : impressions_) impression.advance(gone_s);
    if (look_is_out_ && thread.aside_is_busy()) return;
    if (std::exchange(look_is_out_, false)) take(now, network);
    if (Seconds(now - looked_).count() < every_s() || network.names().channels().empty() ||
        thread.aside_is_busy())
        return;
    looked_ = now;
    if (work_ == nullptr) work_ = std::make_shared<Work>(network);
    const std::array pictures{frame, shown};
    for (size_t i = 0; i < pictures.size(); ++i) {
        const Size size = ChannelWatch::seen_size(frame.width, frame.height);
        work_->pictures.at(i).resize(network.device(), size.width, size.height, 3);
        work_->resizer.resize(stream, pictures.at(i), work_->pictures.at(i));
    }
    stream.synchronize();
    look_is_out_ = thread.do_aside(
        [work = work_](Stream& on, const std::atomic<bool>& /*stop*/) { work->look(on); });
}

}  // namespace reverie
