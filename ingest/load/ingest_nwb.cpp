#include "ingest/load/ingest_nwb.hpp"

#include "ingest/allen/nwb_session.hpp"
#include "ingest/load/held_lab.hpp"
#include "ingest/load/nwb/nwb_paradigm.hpp"
#include "ingest/load/settled_source.hpp"
#include "ingest/nwb/common_core.hpp"
#include "ingest/nwb/simulated.hpp"
#include "src/base/sha256.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

class NwbToRead : public SessionToRead {
  public:
    NwbToRead(fs::path file, const NwbOptions& options)
        : file_(std::move(file)), options_(options) {
        source = options.source;
        lab = options.lab;
        origin = fs::absolute(file_).lexically_normal().string();
    }

    std::unique_ptr<SessionRecord> read() const override {
        const auto file = std::make_shared<const nwb::NwbFile>(nwb::NwbFile::open(file_));
        const auto settled = settled_source(
            nwb::says_simulated(*file) || is_marked_simulated(file_),
            options_.is_source_asked ? options_.source : std::string(), options_.source, origin);
        if (allen::is_allen_session(*file))
            throw Error(ErrorKind::data,
                        fmt::format("{} is a session of the Allen Institute's projects", origin),
                        "Load it with trialbase ingest allen, which reads its trials, stimuli and "
                        "imaging into tables of their own.",
                        "OtherSource");
        auto session =
            std::make_unique<NwbSession>(nwb::common_core(file, file_.filename().string()));
        session->source = settled;
        if (session->lab.empty()) {
            session->lab = options_.lab.empty() ? "unnamed" : options_.lab;
            if (!options_.lab.empty() && options_.connect) {
                auto database = options_.connect();
                require_lab(database, *session, options_.lab);
            }
        }
        SessionFile entry;
        entry.name = entry.path = session->file_name;
        entry.extension = "nwb";
        std::error_code ignored;
        entry.size_bytes = fs::file_size(file_, ignored);
        entry.sha256 = sha256_of_file(file_);
        entry.is_used = true;
        session->files.push_back(std::move(entry));
        session->is_whole = true;
        return session;
    }

  private:
    fs::path file_;
    const NwbOptions& options_;  // of the source, which outlives what it finds
};

class NwbSessionSource : public SessionSource {
  public:
    NwbSessionSource(std::vector<fs::path> places, NwbOptions options)
        : places_(std::move(places)), options_(std::move(options)) {}

    const Paradigm& paradigm() const override { return nwb_paradigm(); }
    std::string name() const override { return options_.source; }
    const std::vector<fs::path>& places() const override { return places_; }

    void find(SessionSink& sink) override {
        for (const auto& place : places_) {
            std::error_code ignored;
            if (!fs::is_directory(place, ignored)) {
                sink.found(std::make_unique<NwbToRead>(place, options_));
                continue;
            }
            std::vector<fs::path> files;
            for (const auto& entry : fs::recursive_directory_iterator(place))
                if (entry.is_regular_file() && entry.path().extension() == ".nwb")
                    files.push_back(entry.path());
            std::ranges::sort(files);
            for (auto& file : files)
                sink.found(std::make_unique<NwbToRead>(std::move(file), options_));
            if (files.empty())
                sink.failed(
                    failure_of(Error(ErrorKind::data,
                                     fmt::format("there is no .nwb file in {}", place.string()), {},
                                     "NoSession"),
                               options_.source, place.string(), {}, place.string()));
        }
    }

  private:
    std::vector<fs::path> places_;
    NwbOptions options_;
};

}  // namespace

std::unique_ptr<SessionSource> nwb_source(std::vector<fs::path> places, NwbOptions options) {
    return std::make_unique<NwbSessionSource>(std::move(places), std::move(options));
}

}  // namespace tb::load
