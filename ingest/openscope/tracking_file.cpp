#include "ingest/openscope/tracking_file.hpp"

#include "ingest/formats/bytes.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::openscope {
namespace {

using nlohmann::json;

constexpr std::string_view name_end = "__nway_matched_rois.json";

struct Names {
    std::int64_t mouseid = 0, sessid = 0;
};

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

std::optional<Names> names_of(const std::filesystem::path& file) {
    const auto name = file.filename().string();
    constexpr std::string_view mouse = "mouse_", session = "__session_";
    const auto middle = name.find(session);
    if (!name.starts_with(mouse) || !name.ends_with(name_end) || middle == std::string::npos)
        return std::nullopt;
    const std::string_view text = name;
    const auto mouseid = number_of(text.substr(mouse.size(), middle - mouse.size()));
    const auto begin = middle + session.size();
    if (begin + name_end.size() > text.size()) return std::nullopt;
    const auto sessid = number_of(text.substr(begin, text.size() - name_end.size() - begin));
    if (!mouseid || !sessid) return std::nullopt;
    return Names{*mouseid, *sessid};
}

class TrackingReader {
  public:
    TrackingReader(const json& root, const std::filesystem::path& file) : root_(root) {
        result_.file = file;
        if (const auto names = names_of(file)) {
            result_.mouseid = names->mouseid;
            result_.sessid = names->sessid;
        } else {
            fail("its name is not mouse_<id>__session_<id>__nway_matched_rois.json",
                 "SessionMismatch");
        }
    }

    TrackingFile read() {
        const auto& rois = part("rois");
        const auto id_column = find_id_column(rois);
        result_.roi_id = whole_numbers(column(rois, "rois", id_column), "rois/" + id_column);
        result_.roi_index = whole_numbers(column(rois, "rois", "dff-ordered_roi_index"),
                                          "rois/dff-ordered_roi_index");
        require_pairs(result_.roi_id, result_.roi_index, "rois");
        if (const auto bad = root_.find("bad_rois"); bad != root_.end()) {
            const auto ids = fmt::format("sess_{}_bad_roi_id", result_.sess_n);
            result_.bad_roi_index = whole_numbers(column(*bad, "bad_rois", "dff_local_bad_roi_idx"),
                                                  "bad_rois/dff_local_bad_roi_idx");
            result_.bad_roi_id = whole_numbers(column(*bad, "bad_rois", ids), "bad_rois/" + ids);
            require_pairs(result_.bad_roi_id, result_.bad_roi_index, "bad_rois");
        }
        for (const auto index : result_.roi_index)
            if (std::ranges::find(result_.bad_roi_index, index) != result_.bad_roi_index.end())
                fail(fmt::format("ROI {} is tracked and bad", index), "TrackingMismatch");
        read_metadata();
        if (const auto found = root_.find("match_perm_examples"); found != root_.end())
            result_.match_perm_examples =
                found->dump(-1, ' ', false, json::error_handler_t::replace);
        return std::move(result_);
    }

  private:
    [[noreturn]] void fail(const std::string& message, const char* type) const {
        throw Error(ErrorKind::data, fmt::format("{}: {}", result_.file.string(), message), {},
                    type);
    }

    const json& part(const char* name) const {
        const auto found = root_.find(name);
        if (found == root_.end() || !found->is_object())
            fail(fmt::format("has no object {}", name), "MissingDataset");
        return *found;
    }

    /// sess_<k>_roi_id, whose k is the session's number.
    std::string find_id_column(const json& rois) {
        for (const auto& [name, ignored] : rois.items()) {
            constexpr std::string_view begin = "sess_", end = "_roi_id";
            if (!name.starts_with(begin) || !name.ends_with(end) ||
                name.size() < begin.size() + end.size())
                continue;
            const auto n = number_of(std::string_view(name).substr(
                begin.size(), name.size() - begin.size() - end.size()));
            if (!n) continue;
            result_.sess_n = *n;
            return name;
        }
        fail("rois has no column sess_<n>_roi_id", "MissingDataset");
    }

    /// A column's values in the order of their row numbers.
    std::vector<json> column(const json& table, const std::string& table_name,
                             const std::string& name) const {
        const auto found = table.is_object() ? table.find(name) : table.end();
        if (!table.is_object() || found == table.end())
            fail(fmt::format("{} has no column {}", table_name, name), "MissingDataset");
        if (!found->is_object())
            fail(fmt::format("{}/{} is no column of numbered rows", table_name, name),
                 "MissingDataset");
        std::vector<std::pair<std::int64_t, json>> rows;
        for (const auto& [row, value] : found->items()) {
            const auto n = number_of(row);
            if (!n)
                fail(fmt::format("{}/{}: row '{}' has no number", table_name, name, row),
                     "MissingDataset");
            rows.emplace_back(*n, value);
        }
        std::ranges::sort(rows, {}, &std::pair<std::int64_t, json>::first);
        std::vector<json> values;
        for (auto& [n, value] : rows) values.push_back(std::move(value));
        return values;
    }

    std::vector<std::int64_t> whole_numbers(const std::vector<json>& values,
                                            const std::string& where) const {
        std::vector<std::int64_t> numbers;
        for (const auto& value : values) {
            const double number = value.is_number() ? value.get<double>() : nan;
            constexpr double largest = 9e15;
            if (!(number >= 0.0 && number < largest) || number != std::floor(number))
                fail(fmt::format("{}: row {} has {}, no whole number", where, numbers.size(),
                                 value.dump()),
                     "TrackingMismatch");
            numbers.push_back(static_cast<std::int64_t>(number));
        }
        return numbers;
    }

    void require_pairs(const std::vector<std::int64_t>& ids,
                       const std::vector<std::int64_t>& indices, const char* table) const {
        if (ids.size() != indices.size())
            fail(fmt::format("{}: {} ids and {} indices", table, ids.size(), indices.size()),
                 "TrackingMismatch");
        for (const auto* list : {&ids, &indices}) {
            std::set<std::int64_t> seen;
            for (const auto one : *list)
                if (!seen.insert(one).second)
                    fail(fmt::format("{}: {} is there twice", table, one), "TrackingMismatch");
        }
    }

    const json* single(const json& metadata, const std::string& name) const {
        const auto found = metadata.find(name);
        if (found == metadata.end() || !found->is_object() || found->empty()) return nullptr;
        return &found->begin().value();
    }

    void read_metadata() {
        const auto& metadata = part("metadata");
        result_.minimum_iou = nan;
        if (const auto* info = single(metadata, "nway_info"); info && info->is_string())
            result_.nway_info = info->get<std::string>();
        if (const auto* iou = single(metadata, "minimum_iou"); iou && iou->is_number())
            result_.minimum_iou = iou->get<double>();
        for (const auto& [name, list] :
             {std::pair{"sess_ns", &result_.sess_ns}, std::pair{"sess_ids", &result_.sess_ids}}) {
            const auto* values = single(metadata, name);
            if (values == nullptr || !values->is_array())
                fail(fmt::format("metadata has no list {}", name), "MissingDataset");
            *list =
                whole_numbers(values->get<std::vector<json>>(), std::string("metadata/") + name);
        }
        require_session();
        for (const auto& [name, ignored] : metadata.items()) read_registration(metadata, name);
    }

    void require_session() const {
        if (result_.sess_ns.size() != result_.sess_ids.size())
            fail(fmt::format("metadata: {} numbers of sessions and {} ids", result_.sess_ns.size(),
                             result_.sess_ids.size()),
                 "TrackingMismatch");
        for (std::size_t i = 0; i < result_.sess_ns.size(); ++i)
            if (result_.sess_ns[i] == result_.sess_n && result_.sess_ids[i] == result_.sessid)
                return;
        fail(fmt::format("session {} as number {} is not in its lists of sessions", result_.sessid,
                         result_.sess_n),
             "SessionMismatch");
    }

    /// sess_<k>_to_sess_<n>_transformation_matrix
    void read_registration(const json& metadata, const std::string& name) {
        constexpr std::string_view begin = "sess_", middle = "_to_sess_",
                                   end = "_transformation_matrix";
        const std::string_view text = name;
        const auto at = text.find(middle);
        if (!text.starts_with(begin) || !text.ends_with(end) || at == std::string_view::npos ||
            at + middle.size() + end.size() > text.size())
            return;
        Registration one;
        const auto from = number_of(text.substr(begin.size(), at - begin.size()));
        const auto to = number_of(
            text.substr(at + middle.size(), text.size() - end.size() - at - middle.size()));
        const auto* rows = single(metadata, name);
        if (!from || !to || rows == nullptr) return;
        one.from_sess_n = *from;
        one.to_sess_n = *to;
        std::size_t n = 0;
        const auto wrong = [&] {
            fail(fmt::format("metadata/{} is no matrix of 3 x 3 numbers", name), "MissingDataset");
        };
        if (!rows->is_array() || rows->size() != 3) wrong();
        for (const auto& row : *rows) {
            if (!row.is_array() || row.size() != 3) wrong();
            for (const auto& value : row) {
                if (!value.is_number()) wrong();
                one.matrix[n++] = value.get<double>();
            }
        }
        result_.registrations.push_back(one);
    }

    const json& root_;
    TrackingFile result_;
};

}  // namespace

std::vector<std::int64_t> TrackingFile::good_roi_index() const {
    std::vector<std::int64_t> good;
    for (const auto index : roi_index)
        good.push_back(index -
                       std::ranges::count_if(bad_roi_index, [&](auto bad) { return bad < index; }));
    return good;
}

bool is_tracking_file_name(const std::filesystem::path& file) {
    return names_of(file).has_value();
}

TrackingFile parse_tracking_file(std::string_view text, const std::filesystem::path& name) {
    const auto root = json::parse(text, nullptr, false);
    if (root.is_discarded() || !root.is_object())
        throw Error(ErrorKind::data, fmt::format("{} is no JSON object", name.string()), {},
                    "DamagedFile");
    return TrackingReader(root, name).read();
}

TrackingFile read_tracking_file(const std::filesystem::path& file) {
    const auto bytes = formats::read_file(file);
    return parse_tracking_file(formats::as_text(bytes), file);
}

}  // namespace tb::openscope
