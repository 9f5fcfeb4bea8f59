/// \file
/// Exceptions do not leave the public calls.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "kompakt/status.hpp"

namespace kompakt {

/// What `call` returns, a Status or a Result, or what it throws as one.
template <typename Call>
[[nodiscard]] auto without_exceptions(Call&& call) -> decltype(call()) {
  try {
    return std::forward<Call>(call)();
  } catch (const std::bad_alloc&) {
    return Status(Code::kLimitExceeded, "out of memory");
  } catch (const std::length_error&) {
    return Status(Code::kLimitExceeded, "output does not fit into memory");
  } catch (const std::system_error& error) {
    // Of all that is called here, only the start of a thread throws it.
    return Status(Code::kLimitExceeded, std::string("no thread to be had: ") + error.what());
  } catch (const std::exception& error) {
    return Status(Code::kInternal, std::string("unexpected failure: ") + error.what());
  }
}

}  // namespace kompakt
