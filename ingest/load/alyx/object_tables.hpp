// Objects of a colony database in temporary tables, one a model, while they are loaded.
#pragma once

#include "ingest/alyx/dump_reader.hpp"
#include "ingest/alyx/models.hpp"
#include "src/base/uuid.hpp"
#include "src/db/session.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace tb::load {

/// What is wrong with one object, or with one of its fields.
struct ObjectProblem {
    std::string model, pk, field;
    std::string type;  ///< BadValue, MissingValue, NotUuid, OddJson
    std::string message;
};

/// Checks the values of objects and copies them into temporary tables of the open transaction:
/// `alyx_<model>` with a column for every field (models.hpp), `alyx_<model>_<field>` for each list;
/// there are those of models that have objects, and always those that name sessions.
/// A value that its field cannot have costs itself, of a required field the object.
class ObjectTables {
  public:
    /// @param session  in a transaction, which drops the tables at its end
    /// @param takes_keyless  things with a name (labs, people) need no UUID
    explicit ObjectTables(db::Session& session, bool takes_keyless = false);

    void add(alyx::DumpObject object);
    /// Copies what is at hand still. Of several objects of one key the last stays.
    void finish();

    /// Objects of a model that were kept.
    [[nodiscard]] std::size_t count(std::string_view table) const;
    [[nodiscard]] const std::map<std::string, std::size_t>& refused() const { return refused_; }
    [[nodiscard]] const std::map<std::string, std::size_t>& unknown_models() const {
        return unknown_models_;
    }
    [[nodiscard]] std::size_t left_out() const { return left_out_; }
    [[nodiscard]] std::size_t without_uuid() const { return without_uuid_; }
    [[nodiscard]] std::size_t repeated() const { return repeated_; }
    [[nodiscard]] const std::vector<ObjectProblem>& problems() const { return problems_; }
    /// Of each type; more than problems() when there are very many.
    [[nodiscard]] const std::map<std::string, std::size_t>& problem_counts() const {
        return problem_counts_;
    }

  private:
    /// UUIDs are random enough: their first bytes are the hash.
    struct KeyHash {
        std::size_t operator()(const Uuid& key) const noexcept;
    };
    struct Held {
        const alyx::Model* model = nullptr;
        std::vector<alyx::DumpObject> waiting;
        std::unordered_set<Uuid, KeyHash> keys;
        std::size_t count = 0;
        bool has_repeated = false;
    };

    void make_table(const alyx::Model& model);
    bool is_acceptable(const alyx::Model& model, alyx::DumpObject& object);
    void copy(Held& held);
    void copy_lists(const Held& held, std::int64_t first_place);
    void copy_history(const Held& held, std::int64_t first_place);
    void problem(const alyx::DumpObject& object, std::string_view field, std::string type,
                 const std::string& message);

    db::Session& session_;
    bool takes_keyless_;
    std::map<std::string, Held, std::less<>> held_;  // by model
    std::map<std::string, std::size_t> refused_, unknown_models_, problem_counts_;
    std::size_t left_out_ = 0, without_uuid_ = 0, repeated_ = 0, waiting_ = 0;
    std::int64_t next_place_ = 0;
    std::vector<ObjectProblem> problems_;
};

}  // namespace tb::load
