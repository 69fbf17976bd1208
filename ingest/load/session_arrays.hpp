// The bulk arrays of one session: one file of the array store, and its rows of store.array.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/array.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::load {

/// Written once, before any row; the rows' transaction may be tried several times. A world derives
/// from it, adds its arrays in the constructor, keeps their keys for its rows, and publishes.
class SessionArrays {
  public:
    SessionArrays() = default;
    SessionArrays(const SessionArrays&) = delete;
    SessionArrays& operator=(const SessionArrays&) = delete;
    virtual ~SessionArrays() = default;

    /// Rows of store.array; before all that refer to them.
    void add_array_rows(std::vector<db::Session::Step>& steps) const;
    /// Removes the file, after the rows' transaction surely failed.
    void discard() noexcept;

  protected:
    /// @param table  whose folder of the store the file lies in: photometry.photometry_session
    /// @throws tb::Error (usage, NoStore) without a store; others as ArrayStore::begin_file
    void begin(const store::StoreOptions& store, std::string_view table,
               const std::string& session_id);
    /// @param name  path within the file: `wheel/position`
    /// @return the array's key
    std::string add(const std::string& name, const Array& values, const ArrayMeta& meta);
    /// Makes the file durable. @throws tb::Error (io) when it cannot be written
    void publish();

  private:
    std::optional<store::ArrayFile> file_;
};

}  // namespace tb::load
