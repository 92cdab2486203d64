#pragma once
// Where the time of a deployment went; apart from it, so that messages need not know how a disk is written.

namespace resus::imaging {

/// Where the time of a deployment went. Units: busy seconds, each summed over its threads; they run beside each other.
struct DeploymentTimes {
  double compare = 0;    ///< reading what the disk holds and hashing it; nothing where the copy of this boot says it
  double fetch = 0;      ///< from the image source; on a machine the wire. Waiting to try again does not count
  double verify = 0;     ///< unpacking and hashing what was fetched
  double write = 0;      ///< until the device acknowledges it, zeroing and making durable included
  double read_back = 0;  ///< reading what was written and comparing it
  bool operator==(const DeploymentTimes&) const = default;
};

}  // namespace resus::imaging
