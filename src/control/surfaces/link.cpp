// Ableton Link: the tempo and the bar of all programs on the network that play together.
#include <algorithm>

#include "src/control/link/link_session.h"
#include "src/control/surface.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class LinkSurface : public Surface {
  public:
    LinkSurface(const LinkTable& table, const SurfaceContext& context)
        : desk_(context.desk), notices_(context.notices), session_(table) {}

    std::string description() const override { return "Link"; }
    void between_frames() override {
        session_.tell(desk_.tempo(), desk_.now_s());
        const int peers = session_.now().peers;
        if ((peers > 0) != together_)
            notices_.post(peers > 0 ? "Link: the tempo is that of the session"
                                    : "Link: nobody else is in the session any more");
        together_ = peers > 0;
        most_peers_ = std::max(most_peers_, peers);
    }
    std::vector<std::pair<std::string_view, int64_t>> counts() const override {
        return {{"peers", session_.now().peers}, {"most_peers", most_peers_}};
    }

  private:
    Desk& desk_;
    Notices& notices_;
    LinkSession session_;
    bool together_ = false;
    int most_peers_ = 0;
};

}  // namespace

extern const SurfaceKind kLinkSurface{
    .name = "link",
    .option = "--link",
    .argument = "",
    .help = "follow the tempo of an Ableton Link session on this network",
    .open = [](const std::string& /*value*/,
               const SurfaceContext& context) -> std::unique_ptr<Surface> {
        std::string why;
        const LinkTable* table = load_link(why);
        if (table == nullptr) throw Error("--link: " + why);
        return std::make_unique<LinkSurface>(*table, context);
    }};

}  // namespace reverie
