#include "ingest/load/alyx/object_values.hpp"

#include <gtest/gtest.h>

namespace tb::load {
namespace {

using alyx::FieldKind;
using nlohmann::json;

bool is_none(const ReadValue& read) {
    return std::holds_alternative<std::monostate>(read.value);
}

TEST(ObjectValues, EmptyTextAndNullAreNone) {
    for (const auto kind : {FieldKind::text, FieldKind::integer, FieldKind::date, FieldKind::moment,
                            FieldKind::json, FieldKind::boolean, FieldKind::reference}) {
        EXPECT_TRUE(is_none(read_value(kind, json())));
        EXPECT_TRUE(is_none(read_value(kind, json(""))));
        EXPECT_EQ(read_value(kind, json("")).fault, "");
    }
}

TEST(ObjectValues, TakesNumbersAsTextAndRefusesWhatIsNone) {
    EXPECT_EQ(std::get<std::int64_t>(read_value(FieldKind::integer, "4").value), 4);
    EXPECT_EQ(std::get<std::int64_t>(read_value(FieldKind::integer, 4.0).value), 4);
    EXPECT_EQ(std::get<double>(read_value(FieldKind::amount, "20.5").value), 20.5);
    EXPECT_EQ(std::get<std::int64_t>(read_value(FieldKind::outcome, "CRITICAL").value), 50);
    EXPECT_EQ(std::get<std::int64_t>(read_value(FieldKind::outcome, 30).value), 30);
    for (const json& bad :
         {json("4 g"), json(true), json::array(), json("nan"), json(4.5), json(1e300)})
        EXPECT_NE(read_value(FieldKind::integer, bad).fault, "") << bad;
    EXPECT_NE(read_value(FieldKind::amount, -1).fault, "");
    EXPECT_NE(read_value(FieldKind::share, 85).fault, "");
}

TEST(ObjectValues, KnowsMomentsWithAnOffset) {
    EXPECT_FALSE(read_value(FieldKind::moment, "2019-07-01T10:30:00.25").is_instant);
    EXPECT_TRUE(read_value(FieldKind::moment, "2019-07-01T10:30:00Z").is_instant);
    EXPECT_TRUE(read_value(FieldKind::moment, "2019-07-01T10:30:00.5-05:00").is_instant);
    for (const char* bad : {"2019-02-30T10:00:00", "infinity", "yesterday", "0001-01-01T00:00:00",
                            "2019-07-01T25:00:00"})
        EXPECT_NE(read_value(FieldKind::moment, bad).fault, "") << bad;
    EXPECT_EQ(std::get<std::string>(read_value(FieldKind::date, "2019-07-01T10:30:00").value),
              "2019-07-01");
    EXPECT_NE(read_value(FieldKind::date, "2019-02-29").fault, "");
    EXPECT_NE(read_value(FieldKind::date, 20190228).fault, "");
}

TEST(ObjectValues, ReadsJsonInBothForms) {
    EXPECT_EQ(std::get<std::string>(read_value(FieldKind::json, json{{"a", 1}}).value),
              R"({"a":1})");
    EXPECT_EQ(std::get<std::string>(read_value(FieldKind::json, R"({"a": 1})").value),
              R"({"a":1})");
    const auto odd = read_value(FieldKind::json, "not json");
    EXPECT_TRUE(odd.is_odd);
    EXPECT_EQ(std::get<std::string>(odd.value), R"("not json")");
    // Zero bytes cannot be stored.
    const auto zero = read_value(FieldKind::json, json{{"a", std::string("x\0y", 3)}});
    EXPECT_EQ(std::get<std::string>(zero.value).find("\\u0000"), std::string::npos);
}

TEST(ObjectValues, ReferencesAreUuidsNamesOrAddresses) {
    EXPECT_EQ(reference_text("07F7F4AA-defe-59c1-8e47-456f1aac405d").value_or(""),
              "07f7f4aa-defe-59c1-8e47-456f1aac405d");
    EXPECT_EQ(reference_text("https://a.example/sessions/07f7f4aa-defe-59c1-8e47-456f1aac405d/")
                  .value_or(""),
              "07f7f4aa-defe-59c1-8e47-456f1aac405d");
    EXPECT_EQ(reference_text("ada").value_or(""), "ada");
    EXPECT_FALSE(reference_text(json()));
    EXPECT_FALSE(reference_text(json::object()));
    EXPECT_NE(read_value(FieldKind::uuid, "ada").fault, "");
}

}  // namespace
}  // namespace tb::load
