#pragma once
// An index of pieces in memory whose content outlives the store, as a folder would.
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "imaging/known_pieces.hpp"

namespace resus::test {

class MemoryPieces final : public imaging::KnownPieces {
 public:
  struct Content {
    std::mutex mutex;
    std::map<imaging::Digest, imaging::BlockPlace> places;
    std::set<std::string, std::less<>> sources;
    bool broken = false;  ///< nothing can be read
  };
  explicit MemoryPieces(std::shared_ptr<Content> content = std::make_shared<Content>()) : content_(std::move(content)) {}

  hw::Result<void> lookup(std::span<const imaging::Digest> ids,
                          std::span<std::optional<imaging::BlockPlace>> places) override {
    const std::lock_guard lock(content_->mutex);
    if (content_->broken) return hw::fail(hw::Code::kRead, "the index is broken");
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto found = content_->places.find(ids[i]);
      places[i] = found == content_->places.end() ? std::nullopt : std::optional(found->second);
    }
    return hw::success();
  }
  hw::Result<void> insert(std::span<const imaging::Piece> pieces) override {
    const std::lock_guard lock(content_->mutex);
    for (const auto& piece : pieces) content_->places[piece.id] = piece.first;
    return hw::success();
  }
  hw::Result<bool> has_source(std::string_view id) override {
    const std::lock_guard lock(content_->mutex);
    return content_->sources.contains(id);
  }
  hw::Result<void> add_source(std::string_view id) override {
    const std::lock_guard lock(content_->mutex);
    content_->sources.emplace(id);
    return hw::success();
  }

 private:
  std::shared_ptr<Content> content_;
};

}  // namespace resus::test
