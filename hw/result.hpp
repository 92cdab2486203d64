#pragma once
// Result<T>: a value or an Error. Use RESUS_TRY in plain functions and RESUS_CO_TRY in coroutines.
#include <boost/outcome/result.hpp>
#include <boost/outcome/success_failure.hpp>
#include <boost/outcome/try.hpp>

#include "hw/error.hpp"

namespace resus::hw {

/// [[nodiscard]] by Outcome. `.value()` on an error throws (a bug); test with `if (!r)`.
template <class T>
using Result = boost::outcome_v2::checked<T, Error>;

using boost::outcome_v2::failure;
using boost::outcome_v2::success;

/// Fails with `code` and `context`.
inline auto fail(Code code, std::string context) {
  return failure(make_error(code, std::move(context)));
}

}  // namespace resus::hw

/// RESUS_TRY(auto value, expr);  or  RESUS_TRY(expr);  returns the error to the caller.
#define RESUS_TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
#define RESUS_CO_TRY(...) BOOST_OUTCOME_CO_TRY(__VA_ARGS__)
