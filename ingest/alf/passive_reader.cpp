#include "ingest/alf/member.hpp"
#include "ingest/alf/number_column.hpp"
#include "ingest/alf/surroundings_reader.hpp"
#include "ingest/formats/csv.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace tb::alf {
namespace {

class PassiveReader {
  public:
    PassiveReader(SessionFiles& files, std::span<const TaskPart> parts)
        : files_(files), passive_(files.session().passive), parts_(parts) {}

    void run() {
        for (const auto& dataset : files_.wanted()) {
            const auto& file = dataset.parts.file;
            if (!is_passive_dataset(dataset.parts) || !files_.has_bytes(dataset.member)) continue;
            name_ = file.object + "." + file.attribute;
            offset_s_ = 0.0;
            for (const auto& part : parts_)
                if (parts_.size() > 1 && part.collection == dataset.parts.collection)
                    offset_s_ = part.offset_s;
            try {
                if (file.object == "passiveRFM")
                    read_frames(dataset);
                else if (file.object == "passivePeriods")
                    read_periods(table_of(dataset));
                else if (file.object == "passiveGabor")
                    read_gabors(table_of(dataset));
                else
                    read_stimuli(table_of(dataset));
                files_.mark_used(dataset.member);
            } catch (const Error& error) {
                files_.issue("UnreadableDataset", name_, error.what());
            }
        }
    }

  private:
    formats::Table table_of(const Dataset& dataset) const {
        return formats::parse_csv(formats::as_text(files_.bytes_of(dataset.member)),
                                  files_.path_of(dataset));
    }

    std::vector<double> column(const formats::Table& table, const char* name) const {
        const auto* found = table.find(name);
        if (found == nullptr)
            throw Error(ErrorKind::data, name_ + ": there is no column " + std::string(name));
        return found->as_doubles();
    }

    /// A column per period, rows `start` and `stop`; or the reverse, with columns of these names.
    void read_periods(const formats::Table& table) {
        if (table.columns.empty()) throw Error(ErrorKind::data, name_ + ": the table is empty");
        const auto* labels = std::get_if<std::vector<std::string>>(&table.columns[0].values);
        if (labels == nullptr) throw Error(ErrorKind::data, name_ + ": the first column has no names");
        std::size_t left_out = 0;
        const auto add = [&](const std::string& kind, double start_s, double stop_s) {
            if (!is_interval(start_s, stop_s)) return void(++left_out);
            passive_.periods.push_back({kind, start_s + offset_s_, stop_s + offset_s_});
        };
        if (table.find("start") != nullptr && table.find("stop") != nullptr) {
            const auto start = column(table, "start"), stop = column(table, "stop");
            for (std::size_t i = 0; i < table.rows; ++i) add((*labels)[i], start[i], stop[i]);
        } else {
            const auto row_of = [&](const char* label) {
                const auto at = std::ranges::find(*labels, label);
                if (at == labels->end())
                    throw Error(ErrorKind::data, name_ + ": there is no row " + std::string(label));
                return static_cast<std::size_t>(at - labels->begin());
            };
            const auto start = row_of("start"), stop = row_of("stop");
            for (std::size_t c = 1; c < table.columns.size(); ++c) {
                const auto values = table.columns[c].as_doubles();
                add(table.columns[c].name, values[start], values[stop]);
            }
        }
        tell_left_out(left_out, "periods");
    }

    void read_gabors(const formats::Table& table) {
        const auto start = column(table, "start"), stop = column(table, "stop"),
                   position = column(table, "position"), contrast = column(table, "contrast"),
                   phase = column(table, "phase");
        std::size_t left_out = 0;
        for (std::size_t i = 0; i < table.rows; ++i) {
            if (!is_interval(start[i], stop[i])) {
                ++left_out;
                continue;
            }
            passive_.stimuli.push_back({"gabor", start[i] + offset_s_, stop[i] + offset_s_,
                                        position[i], contrast[i], phase[i]});
        }
        tell_left_out(left_out, "gratings");
    }

    void read_stimuli(const formats::Table& table) {
        std::size_t left_out = 0;
        for (const char* kind : {"valve", "tone", "noise"}) {
            const auto on_name = std::string(kind) + "On", off_name = std::string(kind) + "Off";
            if (table.find(on_name) == nullptr && table.find(off_name) == nullptr) continue;
            const auto on = column(table, on_name.c_str()), off = column(table, off_name.c_str());
            for (std::size_t i = 0; i < table.rows; ++i) {
                if (std::isnan(on[i]) && std::isnan(off[i])) continue;  // fewer of this kind
                if (!is_interval(on[i], off[i])) {
                    ++left_out;
                    continue;
                }
                passive_.stimuli.push_back(
                    {kind, on[i] + offset_s_, off[i] + offset_s_, nan, nan, nan});
            }
        }
        tell_left_out(left_out, "sounds and valve openings");
    }

    void read_frames(const Dataset& dataset) {
        const auto array = files_.read_array(&dataset);
        if (!array) return;
        if (array->size() > most_passive_frames)
            throw Error(ErrorKind::data, std::to_string(array->size()) +
                                             " frames, more than a session can have (" +
                                             std::to_string(most_passive_frames) + ")");
        auto times = vector_of(*array);
        to_seconds(times);
        const auto left_out =
            std::erase_if(times.values, [](double time) { return !std::isfinite(time); });
        for (const double time_s : times.values) passive_.frame_s.push_back(time_s + offset_s_);
        tell_left_out(left_out, "frames");
    }

    static bool is_interval(double start_s, double stop_s) {
        return std::isfinite(start_s) && std::isfinite(stop_s) && start_s <= stop_s;
    }
    void tell_left_out(std::size_t count, const char* what) {
        if (count > 0)
            files_.issue("NotFinite", name_,
                         std::to_string(count) + " " + what +
                             " left out: a time is missing, or they end before they begin");
    }

    SessionFiles& files_;
    PassiveReplay& passive_;
    std::span<const TaskPart> parts_;
    std::string name_;
    double offset_s_ = 0.0;
};

}  // namespace

void read_passive(SessionFiles& files, std::span<const TaskPart> parts) {
    PassiveReader(files, parts).run();
}

}  // namespace tb::alf
