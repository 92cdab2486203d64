#pragma once
// ImageSource over the agent API. A deployment's workers fetch several segments at once, each on its own connection.
#include "firmware/agent/depot_api.hpp"

namespace resus::agent {

/// Threads: any number at once, as ImageSource wants. Nothing it gives is trusted before it was verified.
class RemoteImageSource final : public imaging::ImageSource {
 public:
  RemoteImageSource(DepotApi& api, std::string image_id, std::uint64_t segments)
      : api_(api), image_id_(std::move(image_id)), segments_(segments) {}
  Result<std::string> manifest_envelope() override { return api_.image_manifest(image_id_); }
  Result<std::vector<imaging::Digest>> node_table() override { return api_.image_nodes(image_id_, segments_); }
  Result<imaging::GoldenSegment> fetch(std::uint64_t segment) override { return api_.image_segment(image_id_, segment); }

 private:
  DepotApi& api_;
  std::string image_id_;
  std::uint64_t segments_;
};

}  // namespace resus::agent
