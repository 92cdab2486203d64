#include "web/cli/key_group.hpp"

#include <filesystem>

#include "imaging/key_ring.hpp"
#include "imaging/trusted_keys.hpp"
#include "web/cli/command_parts.hpp"
#include "web/cli/evidence_commands.hpp"
#include "web/depot/key_backup.hpp"

namespace resus::web {
namespace json = boost::json;
namespace {

constexpr std::size_t kMostPassphraseBytes = 4096;
constexpr std::size_t kMostBackupBytes = 4 << 20;

struct KeyArguments {
  std::string data = "/var/lib/resus";
  std::string file, passphrase_file, reason, who = "workbench";
};

/// First line, without its end.
hw::Result<std::string> passphrase(Environment& environment, const KeyArguments& given) {
  RESUS_TRY(auto text, environment.files.read_all(given.passphrase_file, kMostPassphraseBytes));
  return text.substr(0, text.find_first_of("\r\n"));
}

hw::Result<int> export_all(Environment& environment, const KeyArguments& given) {
  RESUS_TRY(const auto secret, passphrase(environment, given));
  RESUS_TRY(const auto backup, depot::export_keys(environment.files, given.data, secret));
  return write_document(environment, given.file, backup);
}

hw::Result<int> restore_all(Environment& environment, const KeyArguments& given) {
  RESUS_TRY(const auto secret, passphrase(environment, given));
  RESUS_TRY(const auto backup, environment.files.read_all(given.file, kMostBackupBytes));
  for (const char* folder : {"/store/keys", "/keys"}) {
    RESUS_TRY(environment.files.make_directories(given.data + folder));
    std::error_code refused;
    std::filesystem::permissions(given.data + folder, std::filesystem::perms::owner_all, refused);
    if (refused) return hw::fail(hw::Code::kWrite, "make " + given.data + folder + " private: " + refused.message());
  }
  RESUS_TRY(const auto names, depot::restore_keys(environment.files, given.data, backup, secret));
  json::array list;
  for (const auto& name : names) list.emplace_back(name);
  const json::object done{{"data", given.data}, {"restored", std::move(list)}};
  environment.output.print(done, [&] { return "Put back " + std::to_string(names.size()) + " key files under " + given.data; });
  return kExitOk;
}

hw::Result<int> rotate(Environment& environment, const KeyArguments& given) {
  auto& files = environment.files;
  const auto store = given.data + "/store";
  RESUS_TRY(const bool there, files.exists(store + "/keys/signing.pem"));
  if (!there) return hw::fail(hw::Code::kNotFound, "no signing key under " + store + "/keys");
  RESUS_TRY(const auto lock, files.lock(store + "/lock"));
  RESUS_TRY(const auto key, imaging::open_signing_key(files, store));
  RESUS_TRY(const auto trusted, imaging::trusted_keys(files, store));
  RESUS_TRY(const auto custody, imaging::CustodyLog::open(files, store + "/custody.log", *key, environment.clock, trusted));
  RESUS_TRY(const auto rotation, imaging::rotate_signing_key(files, store, *custody, environment.clock, given.who, given.reason));
  const json::object done{{"former", key_id(rotation.former)}, {"current", key_id(rotation.current)},
                          {"current_public", to_base64(rotation.current)}, {"retired", rotation.retired_file}};
  environment.output.print(done, [&] {
    return "Signs with " + to_base64(rotation.current) + " from now on; the former key's public half is keys/" + rotation.retired_file +
           "\n  back the new key up: resus depot keys export";
  });
  return kExitOk;
}

template <class Run>
CLI::App* add(CLI::App& group, CommandContext& context, const char* name, const char* help, const std::shared_ptr<KeyArguments>& given, Run run) {
  return add_command(group, context, name, help, given, std::move(run));
}

void add_passphrase(CLI::App& command, KeyArguments& given) {
  command.add_option("--passphrase-file", given.passphrase_file, "First line: the passphrase, at least 12 characters")->required();
}

}  // namespace

void add_key_commands(CLI::App& depot_group, CommandContext& context) {
  auto* group = depot_group.add_subcommand("keys", "The depot's keys: back them up, put them back, change the one that signs");
  group->require_subcommand(1);
  auto saved = std::make_shared<KeyArguments>();
  auto* save = add(*group, context, "export", "All keys in one file, the private ones encrypted", saved, export_all);
  save->add_option("--output,-o", saved->file, "New file")->required();
  add_passphrase(*save, *saved);
  save->footer("Private keys are PKCS#8, AES-256, scrypt: any OpenSSL opens them with the passphrase. Whoever has both can sign as this depot.");
  auto put_back = std::make_shared<KeyArguments>();
  auto* restore = add(*group, context, "restore", "Put an export back where no keys are", put_back, restore_all);
  restore->add_option("--input,-i", put_back->file, "What export wrote")->required();
  add_passphrase(*restore, *put_back);
  auto changed = std::make_shared<KeyArguments>();
  auto* rotation = add(*group, context, "rotate", "Sign with a new key; what the old one signed stays verifiable", changed, rotate);
  rotation->add_option("--reason", changed->reason, "Stands in the custody log and in the hand-over")->required();
  rotation->add_option("--operator", changed->who, "Name for the custody log")->capture_default_str();
  rotation->footer("The depot must not run meanwhile. The old key signs a hand-over and the custody line, then nothing more. Machines that boot\n"
                   "later are given both keys; agents that run take the new one by the hand-over. After a theft of the old key restart every machine\n"
                   "instead of relying on the hand-over, and remove keys/retired-*.pub of it where nothing it signed is to be believed.");
}

}  // namespace resus::web
