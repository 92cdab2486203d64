#include "imaging/key_ring.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "imaging/json_fields.hpp"

namespace resus::imaging {
namespace {

namespace json = boost::json;
constexpr std::size_t kMaxKeyFileBytes = 64 * 1024;
constexpr std::string_view kHandover = "handover-";

/// Names under `<store>/keys`.
struct KeyPaths {
  std::string folder;
  [[nodiscard]] std::string secret() const { return folder + "/signing.pem"; }
  [[nodiscard]] std::string open() const { return folder + "/signing.pub"; }
  [[nodiscard]] std::string next() const { return folder + "/signing.next.pem"; }
  [[nodiscard]] std::string handover(const PublicKey& to) const { return folder + "/" + std::string(kHandover) + key_id(to) + ".json"; }
};
KeyPaths paths_of(const std::string& store_path) { return {store_path + "/keys"}; }

Result<SigningKey> read_key(hw::FileSystem& files, const std::string& path) {
  RESUS_TRY(const auto pem, files.read_all(path, kMaxKeyFileBytes));
  return SigningKey::from_pem(pem);
}

std::string line_of(const PublicKey& key) { return to_base64(key) + "\n"; }

/// The public half beside the key says which one signs now.
Result<void> publish(hw::FileSystem& files, const KeyPaths& paths, const PublicKey& key) {
  if (const auto there = files.read_all(paths.open(), kMaxKeyFileBytes); there && there.value() == line_of(key)) return hw::success();
  return files.replace(paths.open(), line_of(key));
}

/// Once the hand-over to the next key is durable the old one signs nothing more.
Result<void> finish_rotation(hw::FileSystem& files, const KeyPaths& paths) {
  RESUS_TRY(const bool begun, files.exists(paths.next()));
  if (!begun) return hw::success();
  RESUS_TRY(const auto next, read_key(files, paths.next()));
  RESUS_TRY(const bool handed_over, files.exists(paths.handover(next.public_key())));
  if (!handed_over) return hw::success();
  RESUS_TRY(files.rename(paths.next(), paths.secret()));
  return files.sync_directory(paths.folder);
}

Result<SigningKey> next_key(hw::FileSystem& files, const KeyPaths& paths) {
  RESUS_TRY(const bool begun, files.exists(paths.next()));
  if (begun) return read_key(files, paths.next());
  RESUS_TRY(auto key, SigningKey::generate());
  RESUS_TRY(files.replace(paths.next(), key.to_pem()));
  return key;
}

struct Handover {
  PublicKey former, current;
};

Result<Handover> parse_handover(std::string_view payload) {
  RESUS_TRY(const auto value, parse_json(payload, "hand-over"));
  RESUS_TRY(auto fields, JsonFields::of(value, "hand-over"));
  RESUS_TRY(const auto version, fields.integer("v"));
  if (version != 1) return hw::fail(hw::Code::kBadInput, "hand-over version " + std::to_string(version) + " is not known");
  RESUS_TRY(const auto former, fields.text("former"));
  RESUS_TRY(const auto current, fields.text("current"));
  Handover handover;
  RESUS_TRY(handover.former, public_key_from_base64(former));
  RESUS_TRY(handover.current, public_key_from_base64(current));
  return handover;
}

}  // namespace

Result<std::unique_ptr<SigningKey>> open_signing_key(hw::FileSystem& files, const std::string& store_path) {
  const auto paths = paths_of(store_path);
  RESUS_TRY(files.make_directories(paths.folder));
  RESUS_TRY(finish_rotation(files, paths));
  RESUS_TRY(const bool there, files.exists(paths.secret()));
  if (!there) {
    RESUS_TRY(const auto made, SigningKey::generate());
    RESUS_TRY(files.replace(paths.secret(), made.to_pem()));
  }
  RESUS_TRY(auto key, read_key(files, paths.secret()));
  RESUS_TRY(publish(files, paths, key.public_key()));
  return std::make_unique<SigningKey>(std::move(key));
}

Result<KeyRotation> rotate_signing_key(hw::FileSystem& files, const std::string& store_path, CustodyLog& custody,
                                       const hw::Clock& clock, const std::string& actor, const std::string& reason) {
  const auto paths = paths_of(store_path);
  RESUS_TRY(const auto former, read_key(files, paths.secret()));
  RESUS_TRY(const auto next, next_key(files, paths));
  const auto now = hw::to_rfc3339(clock.now());
  KeyRotation rotation{.former = former.public_key(), .current = next.public_key(), .retired_file = {}};
  rotation.retired_file = "retired-" + now.substr(0, 10) + "-" + key_id(rotation.former) + ".pub";
  RESUS_TRY(files.replace(paths.folder + "/" + rotation.retired_file, line_of(rotation.former)));
  const json::object handover{{"v", 1}, {"former", to_base64(rotation.former)}, {"current", to_base64(rotation.current)},
                              {"actor", actor}, {"reason", reason}, {"time", now}};
  RESUS_TRY(const auto envelope, seal(former, Purpose::kKeyHandover, json::serialize(handover)));
  RESUS_TRY(custody.append({.actor = actor, .machine = {}, .action = "keys.rotate", .reason = reason,
                            .details = json::serialize(json::object{{"former", key_id(rotation.former)}, {"current", key_id(rotation.current)},
                                                                    {"current_public", to_base64(rotation.current)}})}));
  RESUS_TRY(files.replace(paths.handover(rotation.current), envelope));
  RESUS_TRY(finish_rotation(files, paths));
  RESUS_TRY(publish(files, paths, rotation.current));
  return rotation;
}

Result<std::vector<std::string>> key_handovers(hw::FileSystem& files, const std::string& store_path) {
  const auto paths = paths_of(store_path);
  RESUS_TRY(const auto names, files.list(paths.folder));
  std::vector<std::string> handovers;
  for (const auto& name : names) {
    if (!name.starts_with(kHandover) || !name.ends_with(".json")) continue;
    RESUS_TRY(auto envelope, files.read_all(paths.folder + "/" + name, kMaxKeyFileBytes));
    handovers.push_back(std::move(envelope));
  }
  return handovers;
}

std::vector<PublicKey> with_handovers(std::vector<PublicKey> trusted, std::span<const std::string> handovers) {
  for (bool grown = true; grown;) {  // they come in no particular order
    grown = false;
    for (const auto& envelope : handovers) {
      const auto payload = open_envelope(envelope, Purpose::kKeyHandover, trusted, hw::Code::kPermitSignature);
      const auto handover = payload ? parse_handover(payload.value()) : hw::failure(payload.error());
      // The key that signed must be the one that goes, or a retired key could replace its successor.
      if (!handover || std::ranges::count(trusted, handover.value().current) > 0) continue;
      if (!open_envelope(envelope, Purpose::kKeyHandover, {&handover.value().former, 1}, hw::Code::kPermitSignature)) continue;
      trusted.push_back(handover.value().current);
      grown = true;
    }
  }
  return trusted;
}

}  // namespace resus::imaging
