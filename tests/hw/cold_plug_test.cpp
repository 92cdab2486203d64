#include "hw/linux/cold_plug.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "tests/support/temporary_directory.hpp"

namespace resus::hw {
namespace {

using Names = std::vector<std::string>;
const std::string kModules = std::string(RESUS_SAMPLES) + "/modules";
constexpr char kVirtioBridge[] = "pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00";

/// A kernel that reveals new devices when a driver is loaded.
class FakeKernel : public ModuleLoader {
 public:
  Result<void> insert(const std::string& path, const std::string& given) override {
    const std::string name = module_name_of(path);
    if (!given.empty()) parameters[name] = given;
    if (name == broken) return fail(Code::kInternal, "unknown symbol");
    inserted.push_back(name);
    if (name == "virtio_pci") add_device("pci0/virtio0", "virtio:d00000001v00001AF4");
    return success();
  }
  void add_device(const std::string& name, const std::string& modalias) {
    const std::string folder = sys.file("devices/" + name);
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/modalias") << modalias << "\n";
  }
  ColdPlug cold_plug() { return ColdPlug::open(kModules, *this, command_line, sys.path()).value(); }

  test::TemporaryDirectory sys;
  Names inserted;
  KernelWords command_line;
  std::map<std::string, std::string> parameters;
  std::string broken;
};

TEST(ModuleName, ReplacesHyphensAndDropsWhatIsNoName) {
  EXPECT_EQ(module_name_of("kernel/drivers/usb/storage/usb-storage.ko.xz"), "usb_storage");
}

TEST(ColdPlug, LoadsDependenciesFirstAndFollowsNewDevices) {
  FakeKernel kernel;
  kernel.add_device("pci0", kVirtioBridge);
  const auto report = kernel.cold_plug().run();
  EXPECT_EQ(kernel.inserted, (Names{"virtio_ring", "virtio", "virtio_pci", "failover", "virtio_net"}));
  EXPECT_EQ(report.loaded, kernel.inserted);
  EXPECT_TRUE(report.failures.empty());
}

TEST(ColdPlug, GivesModulesWhatTheKernelsCommandLineHasForThem) {
  FakeKernel kernel;
  kernel.command_line = {{"quiet", ""}, {"virtio_net.napi_tx", "0"}, {"virtio-net.csum", "N"}, {"virtio_pci.force_legacy", ""}, {"virtio.x", "a b"}, {"resus.ticket", "t"}};
  kernel.add_device("pci0", kVirtioBridge);
  (void)kernel.cold_plug().run();
  const std::map<std::string, std::string> wanted = {{"virtio_net", "napi_tx=0 csum=N"}, {"virtio_pci", "force_legacy"}, {"virtio", "x=\"a b\""}};
  EXPECT_EQ(kernel.parameters, wanted);
}

TEST(ColdPlug, LoadsNothingTwiceAndSeesLateDevicesInTheNextPass) {
  FakeKernel kernel;
  kernel.add_device("pci0", kVirtioBridge);
  ColdPlug plug = kernel.cold_plug();
  (void)plug.run();
  EXPECT_TRUE(plug.run().loaded.empty());
  kernel.add_device("usb1", "usb:v0930p6545d0100dc00dsc00dp00ic08isc06ip50in00");
  EXPECT_EQ(plug.run().loaded, (Names{"scsi_mod", "usb_storage"}));
}

TEST(ColdPlug, GoesOnWhenOneDriverFails) {
  FakeKernel kernel;
  kernel.broken = "virtio_net";
  kernel.add_device("pci0", kVirtioBridge);
  kernel.add_device("usb1", "usb:v0930p6545d0100dc00dsc00dp00ic08isc06ip50in00");
  const auto report = kernel.cold_plug().run();
  EXPECT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(kernel.inserted, (Names{"virtio_ring", "virtio", "virtio_pci", "scsi_mod", "usb_storage", "failover"}));
}

TEST(ColdPlug, IgnoresAliasesOfModulesThatAreNotInTheImage) {
  FakeKernel kernel;
  kernel.add_device("pci0", "pci:v00008086d000010D3sv00000000sd00000000bc02sc00i00");
  EXPECT_TRUE(kernel.cold_plug().run().loaded.empty());
}

TEST(ColdPlug, LoadsByNameWithSoftDependenciesFirst) {
  FakeKernel kernel;
  ASSERT_TRUE(kernel.cold_plug().load("ext4"));
  EXPECT_EQ(kernel.inserted, (Names{"crc32c_generic", "jbd2", "ext4"}));
}

TEST(ColdPlug, KnowsBuiltInAndMissingModules) {
  FakeKernel kernel;
  EXPECT_TRUE(kernel.cold_plug().load("libata"));
  EXPECT_TRUE(kernel.cold_plug().load("usb-storage"));
  EXPECT_EQ(kernel.cold_plug().load("ntfs3").error().code, Code::kNotFound);
}

TEST(ModuleIndex, MatchesBracketsAndNamesEachModuleOnce) {
  std::ifstream file(kModules + "/modules.alias");
  const std::string aliases{std::istreambuf_iterator<char>(file), {}};
  const ModuleIndex index({.dependencies = {}, .aliases = aliases, .soft_dependencies = {}, .builtin = {}});
  EXPECT_EQ(index.matching("usb:v0781p4567d0100dc00dsc00dp00ic08isc06ip50in00"), Names{"usb_storage"});
  EXPECT_EQ(index.matching("usb:v0781p9567d0100dc00dsc00dp00ic03isc06ip50in00"), Names{});
  EXPECT_EQ(index.matching("virtio:d00000009v00001AF4"), Names{});
}

}  // namespace
}  // namespace resus::hw
