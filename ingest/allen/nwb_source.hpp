// Small questions to an Allen NWB file, and how what is wrong with a part of it is kept.
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/change_session.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tb::allen {

/// An open file and the session that is being made of it.
class NwbSource {
  public:
    NwbSource(std::shared_ptr<const nwb::NwbFile> file, std::string name, ChangeSession& session)
        : file_(std::move(file)), name_(std::move(name)), session_(session) {}

    [[nodiscard]] const nwb::NwbFile& file() const noexcept { return *file_; }
    /// The file for arrays that are read later: it stays open as long as they live.
    [[nodiscard]] const std::shared_ptr<const nwb::NwbFile>& shared() const noexcept {
        return file_;
    }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] ChangeSession& session() const noexcept { return session_; }

    [[nodiscard]] std::optional<std::string> text(std::string_view path,
                                                  std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view path,
                                                      std::string_view name) const;
    [[nodiscard]] std::optional<double> number(std::string_view path, std::string_view name) const;

    /// @throws tb::Error (data, type), naming file and path
    [[noreturn]] void fail(std::string_view path, const std::string& message,
                           const std::string& type) const;
    /// Something odd that is loaded all the same.
    void issue(std::string type, std::string_view path, std::string message) const;
    /// Reads a part; what is wrong with it costs that part and is kept.
    void attempt(std::string_view hint, const std::function<void()>& part) const;

    /// Numbers of a series in its unit, and its times. @throws tb::Error (data, ColumnLength) when
    /// they are not as many
    struct Samples {
        std::vector<double> values;
        std::vector<double> time_s;
    };
    [[nodiscard]] Samples samples(const nwb::Series& series) const;

    /// Columns of a table that are not known here, row by row as a JSON object; empty texts for
    /// rows without any. Texts `N/A`, NaN and infinity are missing; columns that do not have one
    /// value a row are not among them.
    [[nodiscard]] std::vector<std::string> extra_columns(
        const nwb::Table& table, const std::set<std::string, std::less<>>& known) const;

    /// A data set as an array that is read when it is asked for.
    /// @param dtype  that it becomes
    [[nodiscard]] LazyArray lazy(std::string path, std::vector<std::size_t> shape,
                                 std::string dtype) const;

  private:
    std::shared_ptr<const nwb::NwbFile> file_;
    std::string name_;
    ChangeSession& session_;
};

}  // namespace tb::allen
