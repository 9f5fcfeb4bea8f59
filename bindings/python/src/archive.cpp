// Archives: packed in one call, read through an object.
#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "buffers.hpp"
#include "call.hpp"
#include "keywords.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/archive_file.hpp"
#include "memory_limits.hpp"
#include "options.hpp"
#include "python_io.hpp"
#include "stream_session.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

py::object when(const std::optional<Entry::Time>& time) {
  return time ? py::object(py::make_tuple(time->seconds, time->nanoseconds)) : py::none();
}

py::dict entry_dict(const Entry& entry) {
  py::dict facts;
  facts["type"] = std::string(entry_type_name(entry.type));
  facts["size"] = entry.size;
  facts["stored_size"] = entry.stored_size;
  facts["mode"] = entry.mode;
  facts["modified"] = when(entry.modified);
  facts["owner"] =
      entry.owner ? py::object(py::make_tuple(entry.owner->uid, entry.owner->gid)) : py::none();
  facts["user"] = from_path(entry.user);
  facts["group"] = from_path(entry.group);
  facts["link_target"] = from_path(entry.link_target);
  facts["method"] = entry.method;
  facts["crc32"] = entry.crc32;
  facts["comment"] = from_path(entry.comment);
  return facts;
}

/// Statuses that hooks collect on other threads, told to Python at the end.
struct Told {
  std::vector<std::string> warnings;
  std::vector<Refusal> refused;
  std::vector<std::pair<std::string, Status>> lost;
};

py::dict result_dict(const ArchiveResult& result, const Told& told) {
  py::dict facts;
  facts["format"] = result.format_name;
  facts["entries"] = result.entries;
  facts["files"] = result.files;
  facts["content_bytes"] = result.content;
  facts["bytes_in"] = result.bytes_in;
  facts["bytes_out"] = result.bytes_out;
  facts["warnings"] = told.warnings;
  facts["unmatched"] = result.unmatched;
  py::list refused;
  for (const Refusal& refusal : told.refused) {
    refused.append(
        py::make_tuple(from_path(refusal.path), refusal.rule, to_exception(refusal.reason)));
  }
  facts["refused"] = refused;
  py::list lost;
  for (const auto& [path, reason] : told.lost) {
    Status named = reason;
    named.in_file(path);
    lost.append(py::make_tuple(from_path(path), to_exception(named)));
  }
  facts["lost"] = lost;
  facts["damage"] = to_exception(result.damage);
  return facts;
}

/// Paths, each with the name that it gets in the archive; an empty name: as in TreeSelection.
using Members = std::vector<std::pair<std::string, std::string>>;

class CreateWork final : public Work {
 public:
  CreateWork(Members members, std::string output, ArchiveCreateOptions options, bool overwrite,
             py::object progress)
      : members_(std::move(members)),
        output_(std::move(output)),
        options_(std::move(options)),
        overwrite_(overwrite) {
    set_progress(std::move(progress), std::nullopt);
    share_threads(options_.run);
    options_.run.cancel = &cancel();
    options_.run.on_progress = progress_hook();
    options_.on_warning = [this](const Status& warning) {
      told_.warnings.push_back(warning.to_string());
    };
  }
  Status run() override {
    auto writer = ArchiveWriter::open_file(output_, options_, overwrite_);
    if (!writer.ok()) {
      return writer.status();
    }
    for (const auto& [path, member] : members_) {
      Status added = (*writer)->add(path, member);
      if (!added.ok()) {
        return added;
      }
    }
    auto done = (*writer)->close();
    if (done.ok()) {
      result_ = std::move(*done);
    }
    return done.status();
  }
  [[nodiscard]] py::dict facts() const { return result_dict(result_, told_); }

 private:
  Members members_;
  std::string output_;
  ArchiveCreateOptions options_;
  bool overwrite_;
  Told told_;
  ArchiveResult result_;
};

py::dict py_create(py::handle members, py::handle output, py::handle format,
                   const py::kwargs& given) {
  Keywords keywords(given);
  ArchiveCreateOptions options;
  const std::string kind = to_text(format, "format");
  const auto target = archive_target("x." + kind);
  if (!target) {
    raise_invalid("unknown archive format '" + kind +
                  "' (there are zip, tar, tar.gz, tar.zst, tar.xz, tar.bz2, tar.lz4, tar.br, "
                  "tar.zz, tar.sz, tar.warp, warp)");
  }
  options.target = *target;
  const auto level = keywords.integer("level", -1'000'000, 1000);
  options.level = level ? std::optional(static_cast<int>(*level)) : std::nullopt;
  options.zip_method = keywords.text("zip_method").value_or("");
  options.reproducible = keywords.flag("reproducible", false);
  options.run.threads = static_cast<unsigned>(keywords.integer("threads", 0, 4096).value_or(0));
  options.run.max_memory = keywords.size("max_memory").value_or(0);
  const bool overwrite = keywords.flag("overwrite", false);
  py::object progress = keywords.object("progress");
  keywords.end();
  Members list;
  for (const py::handle row : members) {
    const auto pair = row.cast<py::tuple>();
    list.emplace_back(to_path(pair[0]), to_path(pair[1]));
  }
  const auto work = std::make_shared<CreateWork>(
      std::move(list), to_path(output), std::move(options), overwrite, std::move(progress));
  perform(work, false);
  return work->facts();
}

/// An open archive. Calls from several threads take turns.
class Session final : public StreamSession {
 public:
  Session(py::object file, const py::kwargs& given) : file_(std::move(file)) {
    Keywords keywords(given);
    options_.decode.max_output = keywords.size("max_output").value_or(options_.decode.max_output);
    options_.decode.run.threads =
        static_cast<unsigned>(keywords.integer("threads", 0, 4096).value_or(0));
    options_.decode.run.max_memory = keywords.size("max_memory").value_or(0);
    options_.max_entries = keywords.size("max_entries").value_or(options_.max_entries);
    keywords.end();
    options_.decode.run.cancel = &cancel();
    options_.on_warning = [this](const Status& warning) {
      told_.warnings.push_back(warning.to_string());
    };
    options_.on_lost = [this](const Entry& entry, const Status& reason) {
      told_.lost.emplace_back(entry.path, reason);
    };
    if (!py::hasattr(file_, "read")) {
      path_ = to_path(file_);
    }
  }

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Session(Session&&) = delete;
  Session& operator=(Session&&) = delete;
  // A decoder behind the reader may be waiting for the GIL.
  ~Session() override {
    stop();
    without_gil([this] { reader_.reset(); });
  }

  /// With mutex() held, without the GIL.
  Status open() {
    auto reader = path_ ? ArchiveReader::open_file(*path_, options_)
                        : ArchiveReader::open(std::move(source_), options_);
    if (reader.ok()) {
      reader_ = std::move(*reader);
    }
    return reader.status();
  }
  /// Needs the GIL.
  void prepare() {
    if (!path_) {
      source_ = std::make_unique<FileSource>(file_, *this, true);
    }
  }

  [[nodiscard]] ArchiveReader* reader() noexcept { return reader_.get(); }
  [[nodiscard]] Told& told() noexcept { return told_; }
  void close() noexcept { reader_.reset(); }

 private:
  py::object file_;
  std::optional<std::string> path_;
  ArchiveReadOptions options_;
  std::unique_ptr<Source> source_;  // until the reader takes it
  std::unique_ptr<ArchiveReader> reader_;
  Told told_;
};

void run_in(const std::shared_ptr<Session>& session, std::function<Status(Session&)> call) {
  run_on(session, [session, call = std::move(call)] { return call(*session); });
}

ArchiveExtractOptions to_extract_options(Keywords& keywords) {
  ArchiveExtractOptions options;
  options.read.members.names = keywords.paths("members");
  options.read.members.include = keywords.paths("include");
  options.read.members.exclude = keywords.paths("exclude");
  options.overwrite = keywords.flag("overwrite", false);
  options.skip_existing = keywords.flag("skip_existing", false);
  options.allow_devices = keywords.flag("allow_devices", false);
  options.allow_setuid = keywords.flag("allow_setuid", false);
  options.keep_owner = keywords.maybe_flag("keep_owner");
  options.keep_xattrs = keywords.flag("keep_xattrs", true);
  options.keep_times = keywords.flag("keep_times", true);
  options.sync = keywords.flag("sync", false);
  options.strip_components = keywords.size("strip_components").value_or(0);
  options.max_ratio = keywords.number("max_ratio").value_or(options.max_ratio);
  return options;
}

class Reader {
 public:
  Reader(py::object file, const py::kwargs& given)
      : session_(std::make_shared<Session>(std::move(file), given)) {
    session_->prepare();
    run_in(session_, [](Session& session) { return session.open(); });
  }

  py::str format_name() { return from_path(live().reader()->format_name()); }

  py::list entries() {
    live();
    auto found = std::make_shared<std::vector<Entry>>();
    auto damage = std::make_shared<Status>();
    run_in(session_, [found, damage](Session& session) {
      auto entries = session.reader()->entries();
      if (entries.ok()) {
        *found = std::move(*entries);
        *damage = session.reader()->damage();
      }
      return entries.status();
    });
    damage_ = *damage;
    py::list list;
    for (const Entry& entry : *found) {
      list.append(py::make_tuple(from_path(entry.path), entry_dict(entry)));
    }
    return list;
  }

  py::object damage() const { return to_exception(damage_); }

  py::bytes read(py::handle name) {
    live();
    auto sink = std::make_shared<BytesSink>(0);
    run_in(session_, [sink, path = to_path(name)](Session& session) {
      return session.reader()->read(path, *sink);
    });
    return sink->take();
  }

  void read_to(py::handle name, py::object target) {
    live();
    const auto sink = std::make_shared<FileSink>(std::move(target), *session_);
    run_in(session_, [sink, path = to_path(name)](Session& session) {
      return session.reader()->read(path, *sink);
    });
  }

  py::dict extract(py::handle directory, const py::kwargs& given) {
    live();
    Keywords keywords(given);
    auto options = std::make_shared<ArchiveExtractOptions>(to_extract_options(keywords));
    keywords.end();
    options->directory = to_path(directory);
    return finish([options](Session& session) {
      options->on_refused = [&session](const Refusal& refusal) {
        session.told().refused.push_back(refusal);
      };
      return session.reader()->extract(*options);
    });
  }

  py::dict test() {
    live();
    return finish([](Session& session) { return session.reader()->test(); });
  }

  void close() {
    if (session_) {
      run_in(session_, [](Session& session) {
        session.close();
        return Status();
      });
      session_.reset();
    }
  }
  [[nodiscard]] bool closed() const { return session_ == nullptr; }

 private:
  Session& live() {
    if (!session_) {
      throw py::value_error("the archive is closed");
    }
    return *session_;
  }

  py::dict finish(std::function<Result<ArchiveResult>(Session&)> call) {
    auto result = std::make_shared<ArchiveResult>();
    auto told = std::make_shared<Told>();
    run_in(session_, [result, told, call = std::move(call)](Session& session) {
      session.told() = {};
      auto done = call(session);
      *told = std::move(session.told());
      if (done.ok()) {
        *result = std::move(*done);
      }
      return done.status();
    });
    return result_dict(*result, *told);
  }

  std::shared_ptr<Session> session_;
  Status damage_;
};

}  // namespace

void bind_archives(py::module_& module) {
  module.def("create_archive", &py_create, py::arg("members"), py::arg("output"), py::pos_only(),
             py::arg("format"));
  py::class_<Reader>(module, "ArchiveReader")
      .def(py::init<py::object, const py::kwargs&>(), py::arg("file"), py::pos_only())
      .def_property_readonly("format", &Reader::format_name)
      .def_property_readonly("closed", &Reader::closed)
      .def_property_readonly("damage", &Reader::damage)
      .def("entries", &Reader::entries)
      .def("read", &Reader::read, py::arg("name"), py::pos_only())
      .def("read_to", &Reader::read_to, py::arg("name"), py::arg("target"), py::pos_only())
      .def("extract", &Reader::extract, py::arg("directory"), py::pos_only())
      .def("test", &Reader::test)
      .def("close", &Reader::close);
}

}  // namespace kompakt::python
