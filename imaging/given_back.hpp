#pragma once
// Frames that deletion gave back, as a search or a scrub meets them. Only the store's own files include it.
#include <set>

#include "imaging/search.hpp"

namespace resus::imaging {

/// They are on no disk any more; one that a disk refers to all the same was not searched. Threads: one.
class GivenBack {
 public:
  void add(const FrameRef& frame) { frames_.insert(frame); }
  void refer(const FrameRef& frame, NotSearched& missed) {
    if (frames_.erase(frame) == 0) return;
    missed.frames.push_back({.pack = frame.pack, .frame = frame.frame, .reason = "was given back, although it is needed"});
  }

 private:
  std::set<FrameRef> frames_;
};

}  // namespace resus::imaging
