#include "mocks/log_filter.h"

#include <capnp/message.h>

#include <catch2/catch.hpp>

#include "mocks/log_lines.h"
#include "mocks/testing.h"
#include "schemas/logfwdr.capnp.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;

capnp::StructSchema schema() {
  return capnp::Schema::from<schemas::LogMessage>();
}

struct Messages {
  Messages() {
    http.setTimestamp(1700000000123456789);
    http.setWorker("ownership");
    auto log = http.initHttplogs();
    log.setAccountId(7);
    log.setRayId("230b030023ae2822-SJC");
    log.setEdgeResponseStatus(503);
    log.setClientRequestUri("/api/items?x=1");
    log.setClientRequestBytes(UINT64_MAX);
    log.setEdgeResponseCompressionRatio(2.5);
    log.setWorkerSubrequest(true);
    auto actions = log.initSecurityActions(2);
    actions.set(0, "log");
    actions.set(1, "block");
    auto cookie = log.initCookies(1)[0];
    cookie.setName("session");
    cookie.setValue("a b");
    event.setTimestamp(-1);
    auto own = event.initEvents();
    own.setAccountId(-8);
    own.setLevel(schemas::EventLog::Level::WARNING);
    own.setMessage("two\nlines");
  }
  capnp::MallocMessageBuilder first;
  capnp::MallocMessageBuilder second;
  schemas::LogMessage::Builder http = first.initRoot<schemas::LogMessage>();
  schemas::LogMessage::Builder event = second.initRoot<schemas::LogMessage>();

  // Of the HTTP message, and of the event.
  std::string matches(const char* expression) {
    auto filter = LogFilter::parse(expression, schema());
    return std::string(filter.matches(http.asReader()) ? "h" : "") +
           (filter.matches(event.asReader()) ? "e" : "");
  }
};

TEST_CASE("comparisons by the type of the field") {
  Messages messages;
  for (auto [expression, wanted] : std::vector<std::pair<const char*, const char*>>{
           {"accountId == 7", "h"},
           {"accountId == -8", "e"},
           {"httplogs.accountId == 7", "h"},
           {"accountId != 7", "e"},
           {"accountId < 0", "e"},
           {"edgeResponseStatus >= 500", "h"},
           {"edgeResponseStatus >= 503.5", ""},
           {"edgeResponseStatus != 200", "he"},
           {"clientRequestBytes == 18446744073709551615", "h"},
           {"clientRequestBytes == 18446744073709551614", ""},
           {"timestamp == 1700000000123456789", "h"},
           {"timestamp > 1700000000123456788", "h"},
           {"edgeResponseCompressionRatio > 2.4e0", "h"},
           {"worker == \"ownership\"", "h"},
           {"worker == 'ownership'", "h"},
           {"worker < 'p'", "he"},
           {"clientRequestUri =~ '^/api/[a-z]+\\?'", "h"},
           {"message =~ 'two'", "e"},
           {"level == 'warning'", "e"},
           {"level =~ '^w'", "e"},
           {"workerSubrequest == true", "h"},
           {"workerSubrequest == false", ""},
           {"securityActions == 'block'", "h"},
           {"securityActions == 'allow'", ""},
           {"securityActions != 'block'", "e"},
           {"cookies.name == 'session' && cookies.value == 'a b'", "h"},
       }) {
    CAPTURE(expression);
    CHECK(messages.matches(expression) == wanted);
  }
}

TEST_CASE("names alone, and how parts are joined") {
  Messages messages;
  for (auto [expression, wanted] : std::vector<std::pair<const char*, const char*>>{
           {"httplogs", "h"},
           {"!httplogs", "e"},
           {"none", ""},
           {"worker", "h"},
           {"rayId", "h"},
           {"workerSubrequest", "h"},
           {"securityActions", "h"},
           {"events || httplogs", "he"},
           {"events && httplogs", ""},
           // && binds closer
           {"events && none || httplogs", "h"},
           {"httplogs || events && none", "h"},
           {"(httplogs || events) && none", ""},
           {"!(httplogs && accountId == 7)", "e"},
           {"! ! httplogs", "h"},
           {"  accountId==7&&(edgeResponseStatus>=500)\n", "h"},
       }) {
    CAPTURE(expression);
    CHECK(messages.matches(expression) == wanted);
  }
}

TEST_CASE("what is wrong has its place") {
  auto fault = [](const std::string& expression) {
    auto error = inputErrorOf([&] { LogFilter::parse(expression, schema()); });
    auto& problem = error.problems[0];
    return std::to_string(problem.column) + ": " + problem.message +
           (problem.help.empty() ? "" : " [" + problem.help + "]");
  };
  CHECK(fault("") == "1: expected the name of a field, found end [a comparison is FIELD == VALUE]");
  CHECK(fault("acountId == 7") ==
        "1: there is no field \"acountId\" [did you mean \"accountId\"?]");
  CHECK(fault("httplogs.rayid == 'x'") ==
        "1: there is no field \"httplogs.rayid\" [did you mean \"rayId\"?]");
  CHECK(fault("accountId == 'x'") ==
        "14: \"accountId\" cannot be compared with this [it is a number, and =~ takes text]");
  CHECK(fault("worker == 5") ==
        "11: \"worker\" cannot be compared with this [it is text, which stands in quotes]");
  CHECK(fault("workerSubrequest == 1") ==
        "21: \"workerSubrequest\" cannot be compared with this [it is true or false]");
  CHECK(fault("workerSubrequest < true") == "20: true and false are compared with == and != only");
  CHECK(fault("httplogs == 1") ==
        "13: \"httplogs\" cannot be compared with this [it has no value "
        "of its own; name one of its fields]");
  CHECK(fault("accountId = 7") == "11: unexpected '=' [equality is ==]");
  CHECK(fault("accountId == ") == "14: expected a value, found end");
  CHECK(fault("worker == own") ==
        "11: \"own\" is not a value [it is a number, true, false or a string in quotes]");
  CHECK(fault("worker == 'own") == "11: the string is not ended");
  CHECK(fault("(accountId == 7") ==
        "16: expected ')' here, found end; the bracket was opened at column 1");
  CHECK(fault("accountId == 7 or worker") == "16: unexpected 'o' [what goes on is && or ||]");
  CHECK(fault("accountId == 7 &&") ==
        "18: expected the name of a field, found end [a comparison is FIELD == VALUE]");
  CHECK(fault("7 == accountId").starts_with("1: a field stands on the left"));
  CHECK(fault("worker =~ '('").starts_with("11: the regular expression is wrong: "));
  CHECK(fault("worker =~ '((a{99}){99}){99}'").find("repeats too often") != std::string::npos);
  CHECK(fault(std::string(100, '!') + "worker").find("nested too deeply") != std::string::npos);
  CHECK(fault(std::string(100'000, ' ')).find("longer than 10000 bytes") != std::string::npos);
}

TEST_CASE("a line for people has what is set, and is one line") {
  Messages messages;
  CHECK(logLine(messages.http.asReader()) ==
        "2023-11-14T22:13:20.123Z ownership httplogs rayId=230b030023ae2822-SJC accountId=7 "
        "clientRequestUri=/api/items?x=1 clientRequestBytes=18446744073709551615 "
        "edgeResponseStatus=503 edgeResponseCompressionRatio=2.5 securityActions=[log,block] "
        "workerSubrequest=true cookies=[{name=session value=\"a b\"}]");
  CHECK(logLine(messages.event.asReader()) ==
        "1969-12-31T23:59:59.999Z - events accountId=-8 level=warning message=\"two\\nlines\"");
}

TEST_CASE("totals") {
  Messages messages;
  LogTotals totals;
  totals.add(messages.http.asReader());
  totals.add(messages.http.asReader());
  totals.add(messages.event.asReader());
  LogExtent extent{.messages = 3, .files = 2, .bytes = 100, .cutOffBytes = 8};
  CHECK(totals.text(extent, 5) ==
        "messages  3\n  events  1\n  httplogs  2\nfirst     1969-12-31T23:59:59.999Z\n"
        "last      2023-11-14T22:13:20.123Z\nfiles     2\nbytes     100\ncut off   8 bytes\n"
        "dropped   5\n");
  CHECK(totals.json(extent, 5) ==
        "{\"messages\":3,\"members\":{\"events\":1,\"httplogs\":2},"
        "\"first\":\"1969-12-31T23:59:59.999Z\",\"last\":\"2023-11-14T22:13:20.123Z\","
        "\"files\":2,\"bytes\":100,\"cutOffBytes\":8,\"dropped\":5}\n");
}

}  // namespace
}  // namespace flamesim::mocks
