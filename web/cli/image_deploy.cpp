// `resus image deploy`: evidence or waiver, permit, deployment. The same gate as on a machine.
#include <boost/json.hpp>
#include <chrono>
#include <iomanip>
#include <sstream>

#include "imaging/deployment.hpp"
#include "imaging/disk_patch.hpp"
#include "web/cli/evidence_commands.hpp"
#include "web/cli/image_commands.hpp"
#include "web/cli/progress_line.hpp"
#include "web/depot/disk_description.hpp"
#include "web/messages/recovery.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds kPermitLife = 12h;

/// What stands between the disk and its first write.
struct Grounds {
  std::string evidence_id;                       ///< empty with a waiver
  imaging::TreeRoot evidence_root;
  std::optional<imaging::KnownContent> known;    ///< only when it was copied just now
};

hw::Result<Grounds> verified(Environment& environment, Workbench& bench, const std::string& evidence_id) {
  ProgressLine line(environment, "verifying the copy");
  RESUS_TRY(const auto report, bench.store().verify_evidence(
                                   evidence_id, bench.trusted(), [&](const imaging::Progress& p) { line.progress(p); }));
  if (!report.ok()) return hw::fail(hw::Code::kEvidenceDamaged, evidence_id + " does not verify; the disk is untouched");
  RESUS_TRY(const auto evidence, bench.store().find_evidence(evidence_id));
  return Grounds{evidence_id, evidence.record.root, std::nullopt};
}

hw::Result<Grounds> find_grounds(Environment& environment, Workbench& bench, const DeployArguments& arguments,
                                 const imaging::GoldenManifest& image, const std::stop_token& stop) {
  if (!arguments.waiver_reason.empty()) return Grounds{};
  if (!arguments.evidence_id.empty()) return verified(environment, bench, arguments.evidence_id);
  AcquireArguments copy;
  copy.disk = arguments.disk;
  copy.operator_name = arguments.operator_name;
  copy.reread = true;
  RESUS_TRY(auto acquired, acquire(environment, bench, copy, stop));
  RESUS_TRY(auto plan, bench.store().deploy_plan(acquired.receipt.evidence_id, image.id));
  return Grounds{acquired.receipt.evidence_id, acquired.receipt.root,
                 imaging::KnownContent{std::move(plan), std::move(acquired.zero_segments)}};
}

/// Evidence given by id must be of this disk: serial and size are in its record.
hw::Result<void> same_disk(Workbench& bench, const std::string& evidence_id, const hw::DiskIdentity& disk) {
  RESUS_TRY(const auto evidence, bench.store().find_evidence(evidence_id));
  const auto device = json::parse(evidence.record.device_json);
  const auto* serial = device.is_object() ? device.as_object().if_contains("serial") : nullptr;
  const bool same = serial != nullptr && serial->is_string() && serial->as_string() == disk.serial &&
                    evidence.record.disk_bytes == disk.size_bytes;
  if (!same)
    return hw::fail(hw::Code::kDiskChanged, evidence_id + " was made from another disk than " + disk.path +
                                                " (serial " + disk.serial + ")");
  return hw::success();
}

imaging::Permit make_permit(const Environment& environment, const DeployArguments& arguments, const Grounds& grounds,
                            const imaging::GoldenManifest& image, const hw::DiskIdentity& disk) {
  const auto now = environment.clock.now().time_since_epoch();
  imaging::Permit permit;
  permit.permit_id = "pm-" + std::to_string(now.count());
  permit.machine_id = "workbench";
  permit.boot_id = permit.permit_id;  // good for this one run of the program
  permit.disk_serial = disk.serial;
  permit.disk_bytes = disk.size_bytes;
  permit.evidence_id = grounds.evidence_id;
  permit.evidence_root = grounds.evidence_root;
  permit.image_id = image.id;
  permit.image_root = image.root;
  permit.issued_at_ms = now.count();
  permit.expires_at_ms = (now + kPermitLife).count();
  if (!arguments.waiver_reason.empty())
    permit.waiver = imaging::Waiver{arguments.operator_name.empty() ? "workbench" : arguments.operator_name,
                                    arguments.waiver_reason};
  return permit;
}

hw::Result<imaging::WritableDisk> open_writable(Environment& environment, Workbench& bench,
                                                const imaging::Permit& permit, const std::string& path) {
  RESUS_TRY(const auto envelope, imaging::seal(bench.key(), imaging::Purpose::kPermit, imaging::to_json(permit)));
  RESUS_TRY(bench.note({.actor = permit.waiver ? permit.waiver->actor : "workbench",
                        .machine = permit.machine_id,
                        .action = "permit.issue",
                        .reason = permit.waiver ? permit.waiver->reason : "",
                        .details = imaging::to_json(permit)}));
  const imaging::PermitContext context{permit.machine_id,    permit.boot_id,  permit.evidence_id,
                                       permit.evidence_root, permit.image_id, permit.image_root,
                                       environment.clock.now()};
  return imaging::WritableDisk::open(envelope, bench.trusted(), context, environment.disks, path);
}

hw::Result<void> grow_partition_table(imaging::WritableDisk& disk, hw::DiskReader& reader) {
  const auto& identity = disk.identity();
  RESUS_TRY(const auto patches, imaging::relocate_backup_gpt(
                                    {identity.size_bytes, identity.logical_sector_bytes},
                                    [&](std::uint64_t offset, std::span<std::byte> out) {
                                      return depot::read_bytes(reader, offset, out);
                                    }));
  return imaging::apply_patches(disk, patches);
}

json::object deployed_json(const imaging::DeploymentReport& report, const Grounds& grounds, const std::string& image) {
  return {{"image", image},
          {"evidence", grounds.evidence_id},
          {"root", to_hex(report.root)},
          {"fetched", report.fetched},
          {"written", report.written},
          {"skipped", report.skipped},
          {"zeroed", report.zeroed},
          {"read_back", report.read_back},
          {"seconds", report.seconds},
          {"busy", messages::times_object(report.times)}};
}

/// "12.3 s; busy side by side: compare 1.0 s, …".
std::string times_text(const imaging::DeploymentReport& report) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << report.seconds << " s; busy side by side: compare " << report.times.compare << " s, fetch "
       << report.times.fetch << " s, verify " << report.times.verify << " s, write " << report.times.write << " s, read back "
       << report.times.read_back << " s";
  return text.str();
}

/// --dry-run: what would happen, without touching the disk.
int say_plan(Environment& environment, const DeployArguments& arguments, const imaging::GoldenManifest& image,
             const hw::DiskIdentity& disk) {
  const std::string grounds = !arguments.waiver_reason.empty() ? "waived: " + arguments.waiver_reason
                              : !arguments.evidence_id.empty() ? arguments.evidence_id + ", verified again"
                                                               : "a fresh copy, verified before the first write";
  const json::object plan{{"dry_run", true},      {"image", image.id},          {"disk", disk.path},
                          {"serial", disk.serial}, {"disk_bytes", disk.size_bytes}, {"evidence", grounds}};
  environment.output.print(plan, [&] {
    return "Would erase " + disk.path + " (" + disk.model + ", serial " + disk.serial + ", " +
           human_bytes(disk.size_bytes) + ") and lay down " + image.name + "\n  evidence: " + grounds;
  });
  return kExitOk;
}

hw::Result<int> deploy(Environment& environment, Workbench& bench, const DeployArguments& arguments,
                       const std::stop_token& stop) {
  RESUS_TRY(const auto image, bench.store().find_image(arguments.image));
  RESUS_TRY(const auto disk, environment.disks.identify(arguments.disk));
  if (image.manifest.disk_bytes > disk.size_bytes)
    return hw::fail(hw::Code::kImageTooLarge, image.manifest.name + " needs " + human_bytes(image.manifest.disk_bytes) +
                                                  ", " + disk.path + " has " + human_bytes(disk.size_bytes));
  if (!arguments.evidence_id.empty()) {
    RESUS_TRY(same_disk(bench, arguments.evidence_id, disk));
  }
  if (arguments.dry_run) return say_plan(environment, arguments, image.manifest, disk);
  RESUS_TRY(const auto grounds, find_grounds(environment, bench, arguments, image.manifest, stop));
  const auto permit = make_permit(environment, arguments, grounds, image.manifest, disk);
  RESUS_TRY(auto writable, open_writable(environment, bench, permit, arguments.disk));
  RESUS_TRY(auto reader, environment.disks.open_reader(arguments.disk));
  RESUS_TRY(auto source, bench.store().open_image(image.manifest.id));
  ProgressLine line(environment, "laying down " + image.manifest.name);
  RESUS_TRY(const auto report,
            imaging::Deployment::run(writable, *reader, *source, bench.trusted(),
                                     grounds.known ? &*grounds.known : nullptr, {}, line, stop));
  RESUS_TRY(grow_partition_table(writable, *reader));
  RESUS_TRY(writable.writer().sync());
  const auto done = deployed_json(report, grounds, image.manifest.id);
  RESUS_TRY(bench.note({.actor = "workbench",
                        .machine = permit.machine_id,
                        .action = "image.deployed",
                        .reason = {},
                        .details = json::serialize(done)}));
  environment.output.print(done, [&] {
    return "Laid down " + image.manifest.name + " on " + disk.path + ": " + human_bytes(report.written) +
           " written and read back, " + human_bytes(report.zeroed) + " zeroed, " + human_bytes(report.skipped) +
           " were right already\n  " + times_text(report);
  });
  return kExitOk;
}

}  // namespace

int image_deploy(Environment& environment, const DeployArguments& arguments, const std::stop_token& stop) {
  return with_bench(environment, arguments.store,
                    [&](Workbench& bench) { return deploy(environment, bench, arguments, stop); });
}

}  // namespace resus::web
