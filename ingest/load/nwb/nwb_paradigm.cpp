#include "ingest/load/nwb/nwb_paradigm.hpp"

#include "ingest/load/json_rows.hpp"
#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/nwb_session.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include <fmt/format.h>

namespace tb::load {
namespace {

using db::Params;
using nlohmann::json;
using Step = db::Session::Step;

/// The file's series, in its order.
class NwbArrays : public SessionArrays {
  public:
    struct Keys {
        std::optional<std::string> data, times;
    };

    NwbArrays(const store::StoreOptions& store, const NwbSession& session,
              const std::string& session_id, std::size_t n_bytes) {
        begin(store, "task.nwb_file", session_id, n_bytes);
        std::size_t place = 0;
        for (const auto& series : session.series) {
            Keys keys;
            const auto path = fmt::format("series/{}", place++);
            if (series.data) {
                keys.data = add(path + "/data", *series.data,
                                {.unit = db::sanitize_text(series.unit),
                                 .sampling_rate_hz = series.rate_hz.value_or(NAN),
                                 .about = db::sanitize_text(series.path)},
                                series.data->shape.size() == 2 && series.data->shape[1] > 1);
            }
            if (series.times)
                keys.times =
                    add(path + "/times", *series.times,
                        {.unit = "s", .about = "Times of " + db::sanitize_text(series.path)});
            keys_.push_back(std::move(keys));
        }
        publish();
    }

    [[nodiscard]] const std::vector<Keys>& keys() const { return keys_; }

  private:
    std::vector<Keys> keys_;
};

bool has_data(const NwbSession& session) {
    return std::ranges::any_of(session.series,
                               [](const auto& one) { return one.data || one.times; });
}

json file_row(const NwbSession& session, const std::string& session_id) {
    return {{"session_id", session_id},
            {"file_name", db::sanitize_text(session.file_name)},
            {"nwb_version", db::sanitize_text(session.nwb_version)},
            {"session_description", json_text(session.session_description)},
            {"start_text", json_text(session.session_start_text)},
            {"metadata", json_object(session.metadata)},
            {"n_not_understood", session.n_not_understood}};
}

json table_row(const NwbTable& table, const std::string& session_id) {
    return {{"session_id", session_id},
            {"table_path", db::sanitize_text(table.path)},
            {"table_name", db::sanitize_text(table.name)},
            {"neurodata_type", json_text(table.neurodata_type)},
            {"description", json_text(table.description)},
            {"n_rows", table.n_rows},
            {"columns", json_object(table.columns)},
            {"is_loaded", table.is_loaded},
            {"reason", json_text(table.reason)}};
}

json series_row(const NwbSeries& series, const std::string& session_id,
                const NwbArrays::Keys& keys) {
    const bool is_lost = series.data && !keys.data;
    return {{"session_id", session_id},
            {"series_path", db::sanitize_text(series.path)},
            {"series_name", db::sanitize_text(series.name)},
            {"neurodata_type", json_text(series.neurodata_type)},
            {"description", json_text(series.description)},
            {"unit", json_text(series.unit)},
            {"shape", series.shape},
            {"conversion", std::isfinite(series.conversion) ? series.conversion : 1.0},
            {"value_offset", std::isfinite(series.offset) ? series.offset : 0.0},
            {"sampling_rate_hz", json_optional(series.rate_hz)},
            {"start_s", series.start_s ? json_number(*series.start_s) : json()},
            {"data_array_id", json_optional(keys.data)},
            {"times_array_id", json_optional(keys.times)},
            {"reason", is_lost ? json("could not be read") : json_text(series.reason)}};
}

class NwbParadigm : public Paradigm {
  public:
    std::string_view name() const override { return "nwb"; }

    void require_loadable(const SessionRecord& record) const override {
        (void)session_as<NwbSession>(record);
    }

    /// Rows of the tables called trials.
    std::int64_t count_trials(const SessionRecord& record) const override {
        std::int64_t n = 0;
        for (const auto& table : session_as<NwbSession>(record).tables)
            if (table.name == "trials" && table.is_loaded)
                n += static_cast<std::int64_t>(table.rows.size());
        return n;
    }

    std::vector<HeldRows> held(db::Session& database, std::span<const std::string> session_ids,
                               std::span<const SessionRecord* const>) const override {
        const auto rows =
            database.exec_prepared(statement("nwb/held"), Params().text_array(session_ids));
        std::vector<HeldRows> held;
        for (std::size_t i = 0; i < rows.rows(); ++i)
            held.push_back({rows.get<bool>(i, "is_loaded"), false, {}});
        return held;
    }

    bool has_arrays(const SessionRecord& record) const override {
        return has_data(session_as<NwbSession>(record));
    }

    std::size_t array_bytes(const SessionRecord& record) const override {
        std::size_t bytes = 0;
        for (const auto& series : session_as<NwbSession>(record).series)
            if (series.data)
                bytes += std::accumulate(series.shape.begin(), series.shape.end(), sizeof(double),
                                         std::multiplies<>());
        return bytes;
    }

    std::vector<std::string> array_files(db::Session& database,
                                         const std::string& session_id) const override {
        const auto rows =
            database.exec_prepared(statement("nwb/array_files"), Params().text(session_id));
        std::vector<std::string> files;
        for (std::size_t i = 0; i < rows.rows(); ++i) files.push_back(rows.get<std::string>(i, 0));
        return files;
    }

    std::unique_ptr<SessionArrays> write_arrays(const store::StoreOptions& store,
                                                const SessionRecord& record,
                                                const SessionState& state,
                                                db::Session&) const override {
        const auto& session = session_as<NwbSession>(record);
        if (!has_data(session)) return nullptr;
        return std::make_unique<NwbArrays>(store, session, state.session_id, array_bytes(record));
    }

    void add_rows(std::span<const SessionToWrite> sessions,
                  std::vector<Step>& steps) const override {
        json files = json::array(), tables = json::array(), series = json::array(),
             subjects = json::array();
        std::vector<std::string> keys;
        for (const auto& one : sessions) {
            const auto& session = session_as<NwbSession>(*one.record);
            const auto& key = one.state->session_id;
            keys.push_back(key);
            files.push_back(file_row(session, key));
            for (const auto& table : session.tables) tables.push_back(table_row(table, key));
            const auto* arrays = dynamic_cast<const NwbArrays*>(one.arrays);
            for (std::size_t i = 0; i < session.series.size(); ++i)
                series.push_back(series_row(session.series[i], key,
                                            arrays ? arrays->keys()[i] : NwbArrays::Keys()));
            subjects.push_back({{"source", session.source},
                                {"subject", session.subject_identifier()},
                                {"sex", json_text(session.sex)},
                                {"full_genotype", json_text(session.genotype)},
                                {"birth_date", json()}});
        }
        steps.push_back(delete_step("task.nwb_table", keys));
        steps.push_back(delete_step("task.nwb_series", keys));
        add_json_step(steps, "nwb_subject_facts", subjects);
        add_json_step(steps, "nwb/files", files);
        add_json_step(steps, "nwb/tables", tables);
        add_json_step(steps, "nwb/series", series);
    }

    void copy_rows(db::Session& database, std::span<const SessionToWrite> sessions,
                   TableColumns&) const override {
        db::CopyIn copy(database, "task.nwb_row",
                        {"session_id", "table_path", "row", "start_s", "stop_s", "values"});
        for (const auto& one : sessions) {
            std::string key;
            const auto uuid = Uuid::parse(one.state->session_id).value();
            for (const auto byte : uuid.bytes) key.push_back(static_cast<char>(byte));
            for (const auto& table : session_as<NwbSession>(*one.record).tables) {
                const auto path = db::sanitize_text(table.path);
                std::int64_t number = 0;
                for (const auto& row : table.rows) {
                    copy.next_row();
                    copy.put_binary(key);
                    copy.put(path);
                    copy.put(++number);
                    copy.put(row.start_s);
                    copy.put(row.stop_s);
                    copy.put(json_object(row.values).dump());
                }
            }
        }
        copy.finish();
    }
};

}  // namespace

const Paradigm& nwb_paradigm() {
    static const NwbParadigm paradigm;
    return paradigm;
}

}  // namespace tb::load
