#include "ingest/load/ingest_alf.hpp"

#include "ingest/alf/session_reader.hpp"
#include "ingest/load/choice/choice_paradigm.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::load {
namespace {

std::string identifier_of(const alf::SessionSource& source) {
    auto number = source.number;
    if (number.size() < 3) number.insert(0, 3 - number.size(), '0');
    return fmt::format("{}/{}/{}/{}", source.lab, source.subject, source.date, number);
}

class AlfSession : public SessionToRead {
  public:
    AlfSession(alf::SessionSource&& found, const AlfOptions& options,
               const rig::PregeneratedSessions& pregenerated)
        : found_(std::move(found)), options_(options), pregenerated_(pregenerated) {
        source = found_.is_simulated && !options.is_source_asked ? std::string("simulated")
                                                                 : options.source;
        identifier = identifier_of(found_);
        lab = found_.lab;
        subject = found_.subject;
        origin = found_.origin;
        archive = found_.archive;
        for (const auto& member : found_.members) held_bytes += member.bytes.size();
    }

    std::unique_ptr<SessionRecord> read() const override {
        alf::ReadOptions reading;
        reading.source = options_.source;
        reading.is_source_asked = options_.is_source_asked;
        reading.keep_every_wheel = options_.keep_every_wheel;
        reading.frame_unit_s = options_.frame_unit_s;
        reading.pregenerated = options_.pregenerated.empty() ? nullptr : &pregenerated_;
        return std::make_unique<ChoiceSession>(alf::read_session(found_, reading));
    }

  private:
    alf::SessionSource found_;
    // Of the source, which outlives what it finds.
    const AlfOptions& options_;
    const rig::PregeneratedSessions& pregenerated_;
};

class AlfSource : public SessionSource {
  public:
    AlfSource(std::span<const std::filesystem::path> paths, AlfOptions options)
        : places_(paths.begin(), paths.end()), options_(std::move(options)) {
        if (!options_.pregenerated.empty())
            pregenerated_ = rig::PregeneratedSessions(options_.pregenerated);
    }

    const Paradigm& paradigm() const override { return choice_paradigm(); }
    std::string name() const override { return options_.source; }
    const std::vector<std::filesystem::path>& places() const override { return places_; }

    void find(SessionSink& sink) override {
        alf::DiscoveryOptions discovery;
        discovery.lab = options_.lab;
        discovery.subject = options_.subject;
        discovery.date = options_.date;
        discovery.number = options_.number;
        for (const auto& place : places_) {
            try {
                alf::visit_sessions(
                    place, discovery,
                    [&](alf::SessionSource&& found) {
                        sink.found(std::make_unique<AlfSession>(std::move(found), options_,
                                                                pregenerated_));
                    },
                    [&](alf::DiscoveryProblem&& problem) {
                        sink.failed(failure_of_search(problem));
                    });
            } catch (const Error& error) {
                if (places_.size() == 1 && !options_.is_beside_others) throw;
                if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::io) throw;
                auto failure =
                    failure_of(error, options_.source, place.string(), {}, place.string());
                if (error.type().empty()) failure.type = "NoSession";
                sink.failed(std::move(failure));
            }
        }
    }

  private:
    [[nodiscard]] Failure failure_of_search(const alf::DiscoveryProblem& problem) const {
        const auto& name = problem.session.empty() ? problem.origin : problem.session;
        auto failure = failure_of(problem.error, options_.source, name, {}, problem.origin);
        // lab/subject/date/number: the row tells which session it would be.
        if (std::ranges::count(problem.session, '/') == 3)
            failure.lab = problem.session.substr(0, problem.session.find('/'));
        return failure;
    }

    std::vector<std::filesystem::path> places_;
    AlfOptions options_;
    rig::PregeneratedSessions pregenerated_;
};

}  // namespace

std::unique_ptr<SessionSource> alf_source(std::span<const std::filesystem::path> paths,
                                          AlfOptions options) {
    return std::make_unique<AlfSource>(paths, std::move(options));
}

IngestSummary ingest_alf(std::span<const std::filesystem::path> paths,
                         const IngestOptions& options) {
    const auto source = alf_source(paths, options);
    return ingest_sessions(*source, options);
}

}  // namespace tb::load
