#include "ingest/load/alyx/fetch_alyx.hpp"

#include "ingest/alyx/rest_objects.hpp"
#include "ingest/fetch/s3_listing.hpp"
#include "ingest/load/statements.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::load {
namespace {

using nlohmann::json;

void add(AlyxSummary& all, AlyxSummary one) {
    all.objects += one.objects;
    all.left_out += one.left_out;
    all.without_uuid += one.without_uuid;
    all.odd += one.odd;
    all.repeated += one.repeated;
    for (const auto& [model, n] : one.unknown_models) all.unknown_models[model] += n;
    for (const auto& [type, n] : one.issues) all.issues[type] += n;
    for (auto& failure : one.failures) {
        if (all.failures.size() < most_alyx_failures) all.failures.push_back(std::move(failure));
    }
    for (const auto& table : one.tables) {
        const auto known = std::ranges::find(all.tables, table.table, &AlyxTable::table);
        auto& sum = known != all.tables.end() ? *known : all.tables.emplace_back(table.table);
        sum.rows += table.rows;
        sum.added += table.added;
        sum.updated += table.updated;
        sum.unchanged += table.unchanged;
        sum.removed += table.removed;
        sum.skipped += table.skipped;
    }
}

/// One fetch of a colony database.
class AlyxFetcher {
  public:
    AlyxFetcher(db::Session& session, const AlyxFetchOptions& options)
        : session_(session), options_(options), client_(options.rest), url_(options.rest.url) {
        while (url_.ends_with('/')) url_.pop_back();
        url_ = db::sanitize_text(url_);
    }

    AlyxSummary run() {
        for (const auto& list : alyx::rest_lists()) {
            try {
                fetch(list);
            } catch (const Error& error) {
                if (error.type() != "UnknownEndpoint") throw;
                const auto place = fmt::format("{}/{}", url_, list.endpoint);
                auto failure = failure_of(error, "alyx", std::string(list.endpoint), "", place);
                record_failure(session_, failure);
                ++summary_.issues[failure.type];
                summary_.failures.push_back(std::move(failure));
            }
        }
        return std::move(summary_);
    }

  private:
    void fetch(const alyx::RestList& list) {
        const std::string endpoint(list.endpoint);
        const auto known = session_.exec(statement("alyx/fetch_begin"),
                                         db::Params().text(url_).text(endpoint).boolean(is_anew()));
        auto since = options_.since;
        if (!since && !options_.is_whole) since = known.optional<std::string>(0, "since");
        std::string filter;
        if (since && !list.changed.empty())
            filter = fmt::format("&django={}__gte,{}", list.changed, fetch::query_encoded(*since));
        auto target = known.optional<std::string>(0, "next_page")
                          .value_or(client_.first_page(endpoint, filter));
        std::size_t count = 0, n = 0;
        bool is_first = true;
        while (!target.empty()) {
            auto page = client_.page(target);
            // Objects that vanished move those behind them forward, past the page that was read.
            if (!is_first && page.count < count) {
                target = alyx::RestClient::earlier(target, count - page.count);
                page = client_.page(target);
            }
            count = page.count;
            n += page.results.size();
            if (options_.progress) options_.progress(endpoint, n, count);
            load(list, std::move(page.results), is_first);
            session_.exec(statement("alyx/fetch_page"),
                          db::Params().text(url_).text(endpoint).text(
                              page.next.empty() ? std::nullopt : std::optional(page.next)));
            target = page.next;
            is_first = false;
        }
    }

    [[nodiscard]] bool is_anew() const { return options_.is_whole || options_.since.has_value(); }

    void load(const alyx::RestList& list, json results, bool is_first) {
        AlyxOptions options;
        options.is_partial = true;
        options.keeps_errors = !is_first;
        const auto place = fmt::format("{}/{}", url_, list.endpoint);
        add(summary_, load_alyx(
                          session_,
                          [&](const std::function<void(alyx::DumpObject)>& take) {
                              for (auto& object : results) {
                                  if (list.has_details && object.is_object())
                                      object = details(list, object);
                                  alyx::give_rest_object(list, std::move(object), take);
                              }
                          },
                          place, options));
    }

    json details(const alyx::RestList& list, const json& object) {
        const auto id = object.find("id");
        if (id == object.end() || !id->is_string()) return object;
        try {
            auto whole = client_.object(
                fmt::format("/{}/{}", list.endpoint, fetch::query_encoded(id->get<std::string>())));
            // Details do not repeat everything that the list tells.
            for (const auto& [name, value] : object.items())
                if (!whole.contains(name)) whole[name] = value;
            return whole;
        } catch (const Error& error) {
            // It went away after the list was made.
            if (error.type() == "UnknownEndpoint") return object;
            throw;
        }
    }

    db::Session& session_;
    const AlyxFetchOptions& options_;
    alyx::RestClient client_;
    std::string url_;
    AlyxSummary summary_;
};

}  // namespace

AlyxSummary fetch_alyx(db::Session& session, const AlyxFetchOptions& options) {
    return AlyxFetcher(session, options).run();
}

}  // namespace tb::load
