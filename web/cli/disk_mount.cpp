#include "web/cli/disk_mount.hpp"

#include <boost/json.hpp>
#include <ostream>
#include <thread>

#include "hw/clock.hpp"
#include "imaging/evidence_frames.hpp"
#include "imaging/labs/evidence_disk.hpp"
#include "imaging/labs/side_file.hpp"
#include "imaging/trusted_keys.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

/// The payload of a record or manifest. Errors: `wrong` unless it is signed by somebody who is believed.
hw::Result<std::string> signed_payload(Environment& environment, const MountArguments& arguments, const std::string& envelope,
                                       imaging::Purpose purpose, hw::Code wrong) {
  auto& files = environment.files;
  RESUS_TRY(const auto keys, arguments.source.keys.empty() ? imaging::trusted_keys(files, arguments.source.store)
                                                           : imaging::keys_of_file(files, arguments.source.keys));
  return imaging::open_envelope(envelope, purpose, keys, wrong);
}

std::string readable(const std::string& payload) { return pretty(json::parse(payload)) + "\n"; }

struct Shown {
  const imaging::EvidenceFrames& frames;
  std::uint32_t sector_bytes = 512;
  std::int64_t time = 0;  ///< of every file
  Texts texts;            ///< beside the disk
};

hw::Result<int> show(Environment& environment, hw::Mounts& mounts, const MountArguments& arguments, Shown what, const std::stop_token& stop) {
  const auto memory_bytes = arguments.cache_bytes != 0 ? arguments.cache_bytes : mounts.memory_bytes() / 4;
  const auto disk = std::make_shared<imaging::EvidenceDisk>(what.frames, memory_bytes);
  const auto tree = imaging::evidence_tree(disk, what.sector_bytes, std::move(what.texts));
  json::array names;
  for (const auto& entry : tree) names.emplace_back(entry.path);
  const json::object mounted{{"id", arguments.id}, {"directory", arguments.directory}, {"files", std::move(names)}};
  // In the background the caller's process ends inside serve(): it speaks before, and only if the mount comes about.
  const auto tell = [&] {
    environment.output.print(mounted, [&] { return arguments.id + " is mounted on " + arguments.directory; });
    environment.raw_out.flush();  // or the other process would print it once more
  };
  const hw::MountOptions options{.directory = arguments.directory, .source = arguments.id, .foreground = arguments.foreground, .time = what.time, .kept_bytes = memory_bytes};
  RESUS_TRY(mounts.serve(tree, options, {.mounted = tell, .serving = [&] { disk->start(std::max(1u, std::thread::hardware_concurrency())); }}, stop));
  return kExitOk;
}

}  // namespace

hw::Result<int> evidence_mount(Environment& environment, hw::Mounts& mounts, const MountArguments& arguments, const std::stop_token& stop) {
  RESUS_TRY(const auto store, look_at(environment, arguments.source.store));
  RESUS_TRY(const auto info, store->find_evidence(arguments.id));
  RESUS_TRY(const auto frames, store->open_frames(arguments.id));
  RESUS_TRY(const auto envelope, store->record_envelope(arguments.id));
  RESUS_TRY(const auto record, signed_payload(environment, arguments, envelope, imaging::Purpose::kRecord, hw::Code::kEvidenceDamaged));
  Texts texts{{"record.json", envelope},
              {"record.txt", readable(record)},
              {"unreadable.json", imaging::unreadable_json(frames->map().unreadable())}};
  return show(environment, mounts, arguments,
              {.frames = *frames, .sector_bytes = imaging::sector_bytes_of(info.record),
               .time = imaging::case_from_record({}, arguments.id, info.record).acquired_at, .texts = std::move(texts)}, stop);
}

hw::Result<int> image_mount(Environment& environment, hw::Mounts& mounts, const MountArguments& arguments, const std::stop_token& stop) {
  RESUS_TRY(const auto store, look_at(environment, arguments.source.store));
  RESUS_TRY(const auto image, store->open_image(arguments.id));
  RESUS_TRY(const auto envelope, image->manifest_envelope());
  RESUS_TRY(const auto manifest, signed_payload(environment, arguments, envelope, imaging::Purpose::kGoldenImage, hw::Code::kImageSignature));
  RESUS_TRY(const auto frames, store->open_image_frames(arguments.id));
  RESUS_TRY(const auto facts, imaging::golden_manifest_from_json(manifest));
  return show(environment, mounts, arguments,
              {.frames = *frames, .time = hw::seconds_since_1970(facts.created_at), .texts = {{"manifest.json", envelope}, {"manifest.txt", readable(manifest)}}}, stop);
}

}  // namespace resus::web
