#pragma once
// Owning pointers to what a C library gives: FreedBy<EVP_PKEY_free> is the deleter.

namespace resus::imaging {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace resus::imaging
