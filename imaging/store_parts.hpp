#pragma once
// What the parts of a store share. Only the store's own files include it.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "imaging/claims.hpp"
#include "imaging/packs.hpp"
#include "imaging/piece_finder.hpp"
#include "imaging/store.hpp"

namespace resus::imaging {

/// Names of everything in a store's folder. imaging/FORMAT.md section 10.
struct StorePaths {
  std::string root;
  [[nodiscard]] std::string packs() const { return root + "/packs"; }
  [[nodiscard]] std::string pack(std::uint32_t number) const;
  [[nodiscard]] std::string growing_pack(std::uint32_t number) const;
  [[nodiscard]] std::string evidence() const { return root + "/evidence"; }
  [[nodiscard]] std::string map(std::string_view id) const;
  [[nodiscard]] std::string record(std::string_view id) const;
  [[nodiscard]] std::string stamp(std::string_view id) const;
  [[nodiscard]] std::string holds(std::string_view id) const;
  [[nodiscard]] std::string tombstone(std::string_view id) const;
  [[nodiscard]] std::string images() const { return root + "/images"; }
  [[nodiscard]] std::string growing_image(std::uint32_t number) const;
  [[nodiscard]] std::string image(std::string_view id) const { return images() + "/" + std::string(id); }
  [[nodiscard]] std::string image_pack(std::string_view id) const { return image(id) + "/image.img.zst"; }
  [[nodiscard]] std::string nodes(std::string_view id) const { return image(id) + "/nodes"; }
  [[nodiscard]] std::string manifest(std::string_view id) const { return image(id) + "/manifest.json"; }
  [[nodiscard]] std::string index() const { return root + "/index"; }
  [[nodiscard]] std::string pack_numbers() const { return root + "/packs.json"; }
};
/// "00000012.zst" with suffix ".zst" gives 12; 0 when the name has another form.
[[nodiscard]] std::uint32_t pack_number(std::string_view name, std::string_view suffix);

inline constexpr std::size_t kMaxMapBytes = 1ull << 30;
inline constexpr std::size_t kMaxJsonBytes = 16ull << 20;
/// Beyond every pack's number.
inline constexpr std::uint32_t kNoPack = ~0u;

class StoreParts {
 public:
  StoreParts(hw::FileSystem& file_system, std::string path, StoreOptions store_options);
  ~StoreParts() { pieces.reset(); }  // under the lock, which goes last
  /// Layout, lock, recovery, index.
  [[nodiscard]] Result<void> open();

  [[nodiscard]] Result<std::shared_ptr<PackWriter>> new_pack();
  /// No evidence refers to a pack that can still change: whatever grows is sealed, its writer begins another.
  [[nodiscard]] Result<void> seal_pack(std::uint32_t number);
  [[nodiscard]] Result<std::uint32_t> new_image_number();
  /// The number of an image's pack is durable before anything refers to it.
  [[nodiscard]] Result<void> remember_image_number(std::uint32_t number, const std::string& image_id);
  /// Errors: kUsage when the store was opened to be read only.
  [[nodiscard]] Result<void> may_write() const;
  /// Errors: kSpace below the reserve.
  [[nodiscard]] Result<void> need_space() const;
  [[nodiscard]] Result<DiskMap> load_map(const EvidenceInfo& info) const;
  /// The frames of a damaged report are asked for again.
  void forget(const std::vector<DamagedFrame>& frames);
  /// What a power cut left of deletions; a failure is logged and keeps nothing from being read. @pre nothing is under way.
  void finish_deletions();
  void index_pack(const Pack& pack, bool golden);
  /// Pieces of what lies in packs from `first_pack` on are known to later runs. What goes wrong is logged: only room is lost.
  void remember_pieces(const DiskMap& map, std::uint32_t first_pack, std::string_view source);
  /// Block ids into memory, pieces into the index on disk.
  void index_image(const ImageInfo& image, const Pack& pack);

  hw::FileSystem& files;
  const StorePaths paths;
  const StoreOptions options;
  mutable Packs packs;
  MemoryKnownBlocks known;
  Ledger ledger;
  std::unique_ptr<KnownPieces> pieces;  ///< may be null
  std::mutex beside_mutex;   ///< one change of holds, stamps and tombstones at a time
  std::mutex begin_mutex;    ///< no acquisition begins while frames are taken out of the index
  mutable std::mutex mutex;  ///< of everything below
  std::vector<EvidenceInfo> evidence;
  std::vector<DeletedEvidence> deleted;
  std::vector<ImageInfo> images;

 private:
  [[nodiscard]] Result<void> make_layout();
  [[nodiscard]] Result<void> find_layout();
  void open_pieces();
  [[nodiscard]] Result<void> load_pack_numbers();
  [[nodiscard]] Result<void> load_images();
  [[nodiscard]] Result<void> load_image(const std::string& id);
  [[nodiscard]] Result<void> remove_unfinished_image(const std::string& id);
  [[nodiscard]] Result<void> load_packs();
  [[nodiscard]] Result<void> recover_pack(std::uint32_t number);
  [[nodiscard]] Result<void> load_evidence();
  void index_newest();
  void load_pieces();
  [[nodiscard]] Result<void> load_deleted(const std::string& id, Record record);
  std::unique_ptr<hw::FileLock> lock_;
  std::uint32_t last_pack_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> image_numbers_;
  std::map<std::uint32_t, std::shared_ptr<PackWriter>> growing_;
};

/// Map of a golden image: segment k is frame k of its pack.
[[nodiscard]] Result<DiskMap> map_of_image(const ImageInfo& image, const Pack& pack);
/// The payload of an envelope of ours, its signature not looked at. Errors: kBadInput.
[[nodiscard]] Result<std::string> unverified_payload(std::string_view envelope);

}  // namespace resus::imaging
