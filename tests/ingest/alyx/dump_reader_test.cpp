#include "ingest/alyx/dump_reader.hpp"

#include "ingest/alyx/models.hpp"

#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::alyx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
    std::vector<DumpObject> objects;
    DumpSummary summary;
};

Read read(std::string_view text) {
    Read read;
    read.summary = read_dump_text(
        text, "dump.json", [&](DumpObject object) { read.objects.push_back(std::move(object)); });
    return read;
}

TEST(DumpReader, GivesEveryObjectOfAList) {
    const auto found = read(
        "\xEF\xBB\xBF [\n {\"model\": \"Misc.Lab\", \"pk\": \"a\", \"fields\": {\"name\": \"x, "
        "[y] {z} \\\"q\\\" \\\\\"}},\n{\"pk\": 1, \"model\": \"auth.group\", \"fields\": {}} ]\n");
    ASSERT_EQ(found.objects.size(), 2u);
    EXPECT_FALSE(found.summary.fault);
    EXPECT_EQ(found.objects[0].model, "misc.lab");
    EXPECT_EQ(found.objects[0].fields.at("name"), "x, [y] {z} \"q\" \\");
    EXPECT_EQ(found.objects[1].pk, "1");
    EXPECT_TRUE(read("[]").objects.empty());
    EXPECT_FALSE(read("[]").summary.fault);
}

TEST(DumpReader, ReadsNaNAsPythonWritesItOutsideOfTexts) {
    const auto found = read(
        R"([{"model": "actions.weighing", "pk": "a", "fields":
            {"weight": NaN, "other": -Infinity, "text": "NaN \" Infinity"}}])");
    ASSERT_EQ(found.objects.size(), 1u);
    EXPECT_TRUE(found.objects[0].fields.at("weight").is_null());
    EXPECT_TRUE(found.objects[0].fields.at("other").is_null());
    EXPECT_EQ(found.objects[0].fields.at("text"), "NaN \" Infinity");
}

TEST(DumpReader, ReadsPlainAndOtherJsonAlike) {
    const auto value_of = [](const std::string& text) {
        const auto found = read(R"([{"model": "m", "pk": "a", "fields": {"v": )" + text + "}}]");
        return found.objects.empty() ? nlohmann::json("none") : found.objects[0].fields.at("v");
    };
    for (const char* text : {"0",
                             "-0",
                             "7",
                             "-7",
                             "20.25",
                             "1e3",
                             "-1.5E-2",
                             "12345678901234567890",
                             "true",
                             "false",
                             "null",
                             "\"\"",
                             "\"a b\"",
                             "\"\\u00e9\\n\"",
                             "\"\xC3\xA9\"",
                             "[]",
                             "[1, [2], {}]",
                             "{\"a\": {\"b\": [null]}}",
                             "{\"a\": 1, \"a\": 2}",
                             " [ 1 , 2 ] "})
        EXPECT_EQ(value_of(text), nlohmann::json::parse(text)) << text;
    for (const char* bad : {"01", "+1", ".5", "1.", "-", "tru", "[1,]", "{\"a\"}", "{\"a\":}",
                            "\"\x01\"", "\"\xFF\"", "\"\\x\"", "1 2"})
        EXPECT_EQ(value_of(bad), "none") << bad;
}

TEST(DumpReader, AnOddEntryCostsItself) {
    const auto found = read(
        R"([1, "text", null, {"model": 5, "pk": "a", "fields": {}}, {"model": "m", "pk": "a"},
            {"model": "m", "pk": "a", "fields": []}, {"model": "m", bad}, {},
            {"model": "misc.lab", "pk": null, "fields": {"name": "good"}}])");
    ASSERT_EQ(found.objects.size(), 1u);
    EXPECT_EQ(found.objects[0].pk, "");
    EXPECT_EQ(found.summary.odd, 8u);
    EXPECT_THAT(found.summary.first_odd, HasSubstr("'1' is no object"));
    EXPECT_FALSE(found.summary.fault);
}

TEST(DumpReader, TellsWhereAListBreaksOffAndGivesWhatCameBefore) {
    const auto found =
        read(R"([{"model": "m", "pk": "a", "fields": {}}, {"model": "m", "pk": "b", "fie)");
    EXPECT_EQ(found.objects.size(), 1u);
    ASSERT_TRUE(found.summary.fault);
    EXPECT_EQ(found.summary.fault->type(), "InvalidDump");
    EXPECT_THAT(found.summary.fault->what(), HasSubstr("cut off (byte 72, after 1 objects)"));
    for (const char* no_list : {"", "  ", "{\"a\": 1}", "<html>", "[] []"})
        EXPECT_TRUE(read(no_list).summary.fault) << no_list;
}

TEST(DumpReader, IsReadTheSameInPiecesOfAFile) {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    const auto file = std::filesystem::path(shared != nullptr ? shared : "../shared") /
                      "data/ibl/alyx_dump/all_dumped_anon.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    std::map<std::string, int> models;
    const auto summary = read_dump(file, [&](const DumpObject& object) { ++models[object.model]; });
    EXPECT_EQ(summary.objects, 2120u);
    EXPECT_FALSE(summary.fault);
    EXPECT_EQ(models["actions.session"], 337);
    EXPECT_EQ(models["subjects.subject"], 968);
    const auto hint_of = [](const char* path) {
        try {
            (void)read_dump(path, [](DumpObject) {});
        } catch (const Error& error) {
            return error.hint();
        }
        return std::string("read");
    };
    EXPECT_THAT(hint_of("/nowhere/dump.json"), HasSubstr("Name a dump that is there"));
    EXPECT_THAT(hint_of("/tmp"), HasSubstr("of a folder name its files"));
}

TEST(AlyxModels, KeepsWhatTheSpecificationNamesAndNoPassword) {
    for (const char* name : {"misc.lab", "subjects.subject", "actions.session", "data.filerecord"})
        EXPECT_NE(find_model(name), nullptr) << name;
    EXPECT_EQ(find_model("auth.group"), nullptr);
    EXPECT_TRUE(is_left_out("authtoken.token"));
    for (const auto& model : models())
        for (const auto& field : model.fields) EXPECT_NE(field.name, "password") << model.name;
}

}  // namespace
}  // namespace tb::alyx
