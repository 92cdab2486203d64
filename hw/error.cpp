#include "hw/error.hpp"

#include <cerrno>
#include <cstring>

namespace resus::hw {

Error Error::within(std::string_view where) && {
  context = std::string(where) + ": " + context;
  return std::move(*this);
}

std::string Error::to_string() const {
  std::string text = std::string(info(code).id) + ": " + context;
  for (const auto& also : secondary) text += " (also: " + also + ")";
  return text;
}

Error make_error(Code code, std::string context) {
  const bool retryable = code == Code::kNetwork || code == Code::kSpace;
  return Error{.code = code, .context = std::move(context), .permanent = !retryable};
}

Error errno_error(Code code, std::string context, int errno_value) {
  if (errno_value == ENOSPC || errno_value == EDQUOT) code = Code::kSpace;
  if (errno_value == ENOENT) code = Code::kNotFound;
  return make_error(code, std::move(context) + ": " + std::strerror(errno_value));
}

}  // namespace resus::hw
