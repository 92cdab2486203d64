#include "web/cli/evidence_mount.hpp"

#include <boost/json.hpp>
#include <ostream>
#include <thread>

#include "imaging/evidence_frames.hpp"
#include "imaging/labs/evidence_disk.hpp"
#include "imaging/labs/side_file.hpp"
#include "imaging/trusted_keys.hpp"
#include "web/cli/reports.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

/// What is shown beside the disk. Errors: kEvidenceDamaged unless the record is signed by somebody who is believed.
hw::Result<std::vector<std::pair<std::string, std::string>>> texts_of(Environment& environment, const imaging::Store& store,
                                                                      const MountArguments& arguments, const imaging::DiskMap& map) {
  auto& files = environment.files;
  RESUS_TRY(const auto keys, arguments.source.keys.empty() ? imaging::trusted_keys(files, arguments.source.store)
                                                           : imaging::keys_of_file(files, arguments.source.keys));
  RESUS_TRY(const auto envelope, store.record_envelope(arguments.id));
  RESUS_TRY(const auto payload, imaging::open_envelope(envelope, imaging::Purpose::kRecord, keys, hw::Code::kEvidenceDamaged));
  return std::vector<std::pair<std::string, std::string>>{{"record.json", envelope},
                                                          {"record.txt", pretty(json::parse(payload)) + "\n"},
                                                          {"unreadable.json", imaging::unreadable_json(map.unreadable())}};
}

}  // namespace

hw::Result<int> evidence_mount(Environment& environment, hw::Mounts& mounts, const MountArguments& arguments, const std::stop_token& stop) {
  RESUS_TRY(const auto store, look_at(environment, arguments.source.store));
  RESUS_TRY(const auto info, store->find_evidence(arguments.id));
  RESUS_TRY(const auto frames, store->open_frames(arguments.id));
  RESUS_TRY(auto texts, texts_of(environment, *store, arguments, frames->map()));
  const auto disk = std::make_shared<imaging::EvidenceDisk>(*frames, arguments.cache_bytes != 0 ? arguments.cache_bytes : mounts.memory_bytes() / 4);
  const auto tree = imaging::evidence_tree(disk, imaging::sector_bytes_of(info.record), std::move(texts));
  json::array names;
  for (const auto& entry : tree) names.emplace_back(entry.path);
  const json::object mounted{{"id", arguments.id}, {"directory", arguments.directory}, {"files", std::move(names)}};
  // In the background the caller's process ends inside serve(): it speaks before, and only if the mount comes about.
  const auto tell = [&] {
    environment.output.print(mounted, [&] { return arguments.id + " is mounted on " + arguments.directory; });
    environment.raw_out.flush();  // or the other process would print it once more
  };
  const hw::MountOptions options{.directory = arguments.directory, .source = arguments.id, .foreground = arguments.foreground,
                                 .time = imaging::case_from_record({}, arguments.id, info.record).acquired_at};
  RESUS_TRY(mounts.serve(tree, options, {.mounted = tell, .serving = [&] { disk->start(std::max(1u, std::thread::hardware_concurrency())); }}, stop));
  return kExitOk;
}

}  // namespace resus::web
