/// \file
/// A file's fate for C.
#pragma once

#include <memory>
#include <string>

#include "c_api/context.hpp"
#include "kompakt/folder.hpp"

namespace kompakt::c_api {

/// A kompakt_file_report and the texts that it points to.
class FileReportTexts {
 public:
  explicit FileReportTexts(const FileReport& report);
  [[nodiscard]] const kompakt_file_report* get() const noexcept { return &texts_->report; }

 private:
  struct Texts {
    std::string input;
    std::string output;
    std::string status;
    std::string warning;
    kompakt_file_report report{};
  };
  // In one place, so that the pointers stay right when this object moves.
  std::shared_ptr<Texts> texts_;
};

}  // namespace kompakt::c_api
