#include "ingest/allen/nwb_presentations.hpp"

#include "ingest/allen/presentation_steps.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::allen {

namespace {

using P = ChangePresentations;
constexpr double no_integer = -99.0;

struct NumberColumn {
    const char* name;
    std::vector<double> P::*values;
    bool is_whole;  ///< -99 is missing
};
constexpr std::array number_columns{
    NumberColumn{"start_time", &P::start_s, false},
    NumberColumn{"stop_time", &P::stop_s, false},
    NumberColumn{"duration", &P::duration_s, false},
    NumberColumn{"start_frame", &P::start_frame, true},
    NumberColumn{"end_frame", &P::end_frame, true},
    NumberColumn{"stimulus_block", &P::stimulus_block, true},
    NumberColumn{"image_index", &P::image_index, true},
    NumberColumn{"omitted", &P::is_omitted, true},
    NumberColumn{"is_change", &P::is_change, true},
    NumberColumn{"is_image_novel", &P::is_image_novel, true},
    NumberColumn{"is_sham_change", &P::is_sham_change, true},
    NumberColumn{"active", &P::is_active, true},
    NumberColumn{"flashes_since_change", &P::flashes_since_change, true},
    NumberColumn{"trials_id", &P::trials_id, true},
    NumberColumn{"movie_frame_index", &P::movie_frame_index, true},
    NumberColumn{"movie_repeat", &P::movie_repeat, true},
    NumberColumn{"orientation", &P::orientation_deg, false},
    NumberColumn{"phase", &P::phase, false},
    NumberColumn{"spatial_frequency", &P::spatial_frequency_cpd, false}};

struct TextColumn {
    const char* name;
    std::vector<std::string> P::*values;
};
constexpr std::array text_columns{TextColumn{"stimulus_block_name", &P::stimulus_block_name},
                                  TextColumn{"stimulus_name", &P::stimulus_name},
                                  TextColumn{"image_name", &P::image_name},
                                  TextColumn{"image_set", &P::image_set}};
/// Of no use, or written by nobody but the library.
constexpr std::array ignored{"tags", "timeseries", "id"};

class PresentationsReader {
  public:
    explicit PresentationsReader(const NwbSource& source)
        : source_(source),
          all_(source.session().recording.presentations),
          origins_(source.session().presentation_origins) {}

    void read() {
        for (const auto& table : source_.file().tables()) {
            if (table.path.starts_with("/intervals/") && table.path.ends_with("_presentations"))
                add(table);
        }
        if (all_.count == 0) return;
        put_in_order();
        check();
        fill_missing();
        if (const auto row = frame_offset_row(all_)) {
            source_.issue(
                "frame_offset_1", fmt::format("/intervals/{}", origins_.table[*row]),
                fmt::format("44 frames from a flash to the omission at {} s and 46 to the next: "
                            "frames of drawn flashes are one too high (releases of 2021 and 2022)",
                            all_.start_s[*row]));
        }
    }

  private:
    void add(const nwb::Table& table) {
        const auto& file = source_.file();
        std::set<std::string, std::less<>> known(ignored.begin(), ignored.end());
        for (const auto& column : number_columns) {
            auto& values = all_.*column.values;
            known.insert(column.name);
            const auto* found = table.column(column.name);
            if (found == nullptr || found->is_ragged()) {
                values.resize(all_.count + table.rows, nan);
                continue;
            }
            present_.insert(column.name);
            const auto read = file.column(table, column.name);
            if (read.width != 1)
                source_.fail(found->path, "expected one number a row", "ColumnLength");
            for (const double value : read.numbers())
                values.push_back(column.is_whole && value == no_integer ? nan : value);
        }
        for (const auto& column : text_columns) {
            auto& values = all_.*column.values;
            known.insert(column.name);
            const auto* found = table.column(column.name);
            if (found == nullptr || found->is_ragged()) {
                values.resize(all_.count + table.rows);
                continue;
            }
            const auto read = file.column(table, column.name);
            const auto* texts = read.texts();
            if (texts == nullptr) source_.fail(found->path, "expected texts", "ValueType");
            for (const auto& text : *texts)
                values.push_back(text == "N/A" || text == "NaN" ? std::string() : text);
        }
        for (auto& extra : source_.extra_columns(table, known))
            origins_.extra.push_back(std::move(extra));
        // A table without names of its stimulus is named for it.
        const std::string_view suffix = "_presentations";
        const auto name = table.name.substr(0, table.name.size() - suffix.size());
        for (std::size_t i = 0; i < table.rows; ++i) {
            auto& stimulus = all_.stimulus_name[all_.count + i];
            if (stimulus.empty()) stimulus = name;
            origins_.table.push_back(table.name);
        }
        for (const auto id : file.ids(table)) origins_.row.push_back(id);
        if (origins_.row.size() != origins_.table.size())
            source_.fail(
                table.path,
                fmt::format("{} ids for {} rows",
                            origins_.row.size() + table.rows - origins_.table.size(), table.rows),
                "ColumnLength");
        all_.count += table.rows;
    }

    void put_in_order() {
        std::vector<std::size_t> order(all_.count);
        std::iota(order.begin(), order.end(), std::size_t{0});
        for (std::size_t i = 0; i < all_.count; ++i) {
            if (std::isnan(all_.start_s[i]))
                source_.fail(fmt::format("/intervals/{}", origins_.table[i]),
                             fmt::format("row {} has no start", origins_.row[i]), "MissingDataset");
        }
        std::ranges::stable_sort(
            order, [&](std::size_t a, std::size_t b) { return all_.start_s[a] < all_.start_s[b]; });
        const auto arrange = [&](auto& values) {
            auto sorted = values;
            for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = std::move(values[order[i]]);
            values = std::move(sorted);
        };
        for (const auto& column : number_columns) arrange(all_.*column.values);
        for (const auto& column : text_columns) arrange(all_.*column.values);
        arrange(origins_.table);
        arrange(origins_.row);
        arrange(origins_.extra);
    }

    void check() const {
        const bool has_names =
            std::ranges::any_of(all_.image_name, [](const auto& name) { return !name.empty(); }) ||
            std::ranges::any_of(all_.orientation_deg, [](double deg) { return !std::isnan(deg); });
        if (!has_names)
            source_.fail("/intervals", "no presentation names an image or an orientation",
                         "PresentationNames");
        (void)spontaneous_blocks(all_.stimulus_block, source_.name());
    }

    void fill_missing() {
        const auto& trials = source_.session().recording.trials;
        if (trials.count == 0) return;
        const bool has_active = present_.contains("active");
        const auto active = has_active ? all_.is_active : active_flags(all_, trials);
        if (!has_active) all_.is_active = active;
        if (!present_.contains("trials_id")) all_.trials_id = trial_ids(all_, trials, active);
        if (!present_.contains("is_sham_change"))
            all_.is_sham_change = sham_change_flags(all_, trials, active);
    }

    const NwbSource& source_;
    ChangePresentations& all_;
    PresentationOrigins& origins_;
    std::set<std::string, std::less<>> present_;  // columns that any table has
};

}  // namespace

void read_nwb_presentations(const NwbSource& source) {
    PresentationsReader(source).read();
}

}  // namespace tb::allen
