// Events besides requests: what env.SERVICE.scheduled() and queue() call, and what comes of it.
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

WorkerPart sending(const std::string& body, const std::string& entrypoint = "") {
  auto part = handler("caller",
                      "const sent = async (event) => {\n"
                      "  try { return JSON.stringify(await event()); }\n"
                      "  catch (error) { return String(error); }\n"
                      "};\n"
                      "const results = [];\n" +
                          body + "\nreturn new Response(results.join('\\n'));",
                      {binding("B", "service", {{"service", "callee"}, {"entrypoint", entrypoint}}),
                       binding("ORIGIN", "origin")});
  auto changed = std::make_shared<bundle::Bundle>(*part.bundle);
  changed->compatibilityFlags.push_back("service_binding_extra_handlers");
  return {part.name, std::move(changed)};
}

struct Handlers : ChainWorld {
  std::string ask(const std::string& body, const std::string& callee,
                  const std::string& entrypoint = "") {
    inChain({sending(body, entrypoint)});
    outside({worker("callee", callee)});
    return get().body;
  }
};

const std::string kMessages =
    "const messages = ['1', '2', '3'].map((id, i) => "
    "({ id, timestamp: new Date(i), attempts: i + 1, body: { id } }));\n";

// queue() of a worker whose handler does that with the batch and its messages.
std::string deciding(const std::string& body) {
  return "export default { queue(batch, env, ctx) {\n  const [a, b, c] = batch.messages;\n" + body +
         "\n} };";
}

const std::string kSendBatch =
    kMessages + "results.push(await sent(() => env.B.queue('jobs', messages)));";

}  // namespace

TEST_CASE_METHOD(Handlers, "scheduled() gets its time and pattern, and the sender its outcome") {
  CHECK(
      ask("for (const cron of ['plain', 'never', 'throw', 'late', 'hang']) {\n"
          "  results.push(await sent(() => "
          "env.B.scheduled({ scheduledTime: new Date(1000), cron })));\n"
          "}\n",
          "export default { async scheduled(controller, env, ctx) {\n"
          "  console.log(controller.constructor.name, controller.scheduledTime, controller.cron);\n"
          "  if (controller.cron === 'never') controller.noRetry();\n"
          "  if (controller.cron === 'throw') throw new Error('thrown');\n"
          "  if (controller.cron === 'late') ctx.waitUntil(Promise.reject(new Error('late')));\n"
          "  if (controller.cron === 'hang') await new Promise(() => {});\n"
          "} };") ==
      R"({"outcome":"ok","noRetry":false}
{"outcome":"ok","noRetry":true}
{"outcome":"exception","noRetry":false}
{"outcome":"exception","noRetry":false}
{"outcome":"exception","noRetry":false})");
  CHECK(lines.front() == "callee log: ScheduledController 1000 plain");
}

TEST_CASE_METHOD(Handlers, "scheduled() without a time is now, and the arguments are checked") {
  CHECK(ask("for (const given of [undefined, {}, 5, { scheduledTime: 'soon' },\n"
            "    { scheduledTime: new Date(NaN) }, { scheduledTime: 7, cron: 8 }]) {\n"
            "  results.push(await sent(() => env.B.scheduled(given)));\n"
            "}\n"
            "results.push(await sent(() => env.ORIGIN.scheduled()));",
            "export default { scheduled({ scheduledTime, cron }) {"
            " console.log(scheduledTime, typeof cron, cron); } };") ==
        R"({"outcome":"ok","noRetry":false}
{"outcome":"ok","noRetry":false}
TypeError: Failed to execute 'scheduled' on 'Fetcher': parameter 1 is not of type 'ScheduledOptions'.
TypeError: Incorrect type for the 'scheduledTime' field on 'ScheduledOptions': the provided value is not of type 'date'.
TypeError: The value cannot be converted because it is not a valid Date.
{"outcome":"ok","noRetry":false}
Error: External HTTP servers don't support this event type.)");
  CHECK(lines == Strings{"callee log: 1700000000000 string ", "callee log: 1700000000000 string ",
                         "callee log: 7 string 8"});
}

TEST_CASE_METHOD(Handlers, "queue() gets structured clones, and decides message by message") {
  CHECK(ask(kMessages + "messages[2] = { id: '3', timestamp: 9, attempts: 4,\n"
                        "  serializedBody: new Uint8Array([0xff, 0x0f, 0x22, 1, 0x61]) };\n"
                        "results.push(await sent(() => env.B.queue('jobs', messages)));",
            deciding("console.log(batch.constructor.name, batch.queue, batch.metadata.metrics);\n"
                     "for (const m of batch.messages) {\n"
                     "  console.log(m.constructor.name, m.id, m.timestamp.getTime(), m.attempts, "
                     "m.body);\n"
                     "}\n"
                     "a.ack(); b.retry(); c.retry({ delaySeconds: 3.7 });")) ==
        R"({"outcome":"ok","ackAll":false,"retryBatch":{"retry":false},"explicitAcks":["1"],)"
        R"("retryMessages":[{"msgId":"2"},{"msgId":"3","delaySeconds":3}]})");
  CHECK(lines == Strings{"callee log: QueueController jobs { backlogCount: 0, backlogBytes: 0 }",
                         "callee log: QueueMessage 1 0 1 { id: '1' }",
                         "callee log: QueueMessage 2 1 2 { id: '2' }",
                         "callee log: QueueMessage 3 9 4 a"});
}

TEST_CASE_METHOD(Handlers, "a decision that comes after another has no effect, with a warning") {
  CHECK(ask(kSendBatch, deciding("a.ack(); a.retry(); b.retry(); b.ack(); batch.retryAll();\n"
                                 "batch.ackAll(); c.ack();")) ==
        R"({"outcome":"ok","ackAll":false,"retryBatch":{"retry":true},"explicitAcks":["1"],)"
        R"("retryMessages":[{"msgId":"2"}]})");
  CHECK(lines ==
        Strings{"callee warn: Received a call to retry() on message 1 after ack() was already "
                "called. Calling retry() on a message after calling ack() has no effect.",
                "callee warn: Received a call to ack() on message 2 after retry() was already "
                "called. Calling ack() on a message after calling retry() has no effect.",
                "callee warn: Received a call to ackAll() after retryAll() was already called. "
                "Calling ackAll() after calling retryAll() has no effect.",
                "callee warn: Received a call to ack() on message 3 after retryAll() was already "
                "called. Calling ack() on a message after calling retryAll() has no effect."});
}

TEST_CASE_METHOD(Handlers, "what was decided before an exception counts, as in waitUntil()") {
  CHECK(ask(kSendBatch, deciding("ctx.waitUntil(scheduler.wait(5).then(() => b.ack()));\n"
                                 "a.ack(); batch.retryAll({ delaySeconds: 2 });\n"
                                 "throw new Error('thrown');")) ==
        R"({"outcome":"exception","ackAll":false,"retryBatch":{"retry":true,"delaySeconds":2},)"
        R"("explicitAcks":["1"],"retryMessages":[]})");
}

TEST_CASE_METHOD(Handlers, "the arguments of queue() are checked") {
  CHECK(ask(kMessages +
                "for (const given of [[], ['q'], ['q', {}], ['q', [{}]],\n"
                "    ['q', [{ timestamp: 1, body: 1 }]], ['q', [{ timestamp: 1, attempts: 1 }]],\n"
                "    ['q', [{ timestamp: 1, attempts: 1, body() {} }]]]) {\n"
                "  results.push(await sent(() => env.B.queue(...given)));\n"
                "}",
            deciding("")) ==
        R"(TypeError: Failed to execute 'queue' on 'Fetcher': parameter 1 is not of type 'string'.
TypeError: Failed to execute 'queue' on 'Fetcher': parameter 2 is not of type 'Array'.
TypeError: Failed to execute 'queue' on 'Fetcher': parameter 2 is not of type 'Array'.
TypeError: Incorrect type for the 'timestamp' field on 'ServiceBindingQueueMessage': the provided value is not of type 'date'.
TypeError: The value cannot be converted because it is not an integer.
TypeError: Expected one of body or serializedBody for each message
DataCloneError: body() {} could not be cloned.)");
}

TEST_CASE_METHOD(Handlers, "a worker without the handlers is an exception") {
  CHECK(ask("results.push(await sent(() => env.B.scheduled()));\n"
            "results.push(await sent(() => env.B.queue('q', [])));",
            "export default { scheduled: 'no function' };") ==
        R"({"outcome":"exception","noRetry":true}
{"outcome":"exception","ackAll":false,"retryBatch":{"retry":false},"explicitAcks":[],"retryMessages":[]})");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with(
      "callee error: Uncaught Error: Handler does not export a scheduled() function"));
  CHECK(
      lines[1].starts_with("callee error: Uncaught Error: Handler does not export a queue() "
                           "function."));
}

TEST_CASE_METHOD(Handlers, "a class derived from WorkerEntrypoint has handlers as well") {
  CHECK(ask("results.push(await sent(() => env.B.scheduled({ cron: 'x' })));",
            "import { WorkerEntrypoint } from 'cloudflare:workers';\n"
            "export class Named extends WorkerEntrypoint {\n"
            "  scheduled(controller) { console.log(controller.cron, typeof this.ctx.waitUntil); }\n"
            "}",
            "Named") == R"({"outcome":"ok","noRetry":false})");
  CHECK(lines == Strings{"callee log: x function"});
}

TEST_CASE_METHOD(Handlers, "without the flag scheduled() is RPC") {
  inChain({handler("caller", "return new Response(await env.B.scheduled({ cron: 'x' }));",
                   {binding("B", "service", {{"service", "callee"}})})});
  outside({worker("callee", "export default { scheduled(given) { return given.cron + '!'; } };")});
  CHECK(get().body == "x!");
}

TEST_CASE_METHOD(Handlers, "a worker sends itself an event") {
  auto part = sending("results.push(await sent(() => env.B.scheduled({ cron: 'again' })));");
  auto changed = std::make_shared<bundle::Bundle>(*part.bundle);
  changed->bindings[0].fields["service"] = "caller";
  changed->modules[0].content +=
      "\nexport { later };\nconst later = { scheduled({ cron }) { console.log(cron); } };";
  changed->bindings[0].fields["entrypoint"] = "later";
  inChain({{"caller", std::move(changed)}});
  CHECK(get().body == R"({"outcome":"ok","noRetry":false})");
  CHECK(lines == Strings{"caller log: again"});
}

TEST_CASE_METHOD(Handlers, "a script in service-worker format has listeners") {
  auto part = worker("callee",
                     "addEventListener('scheduled', (event) => {\n"
                     "  console.log(event instanceof ScheduledEvent, event.type, event.cron);\n"
                     "  event.noRetry();\n"
                     "});\n"
                     "addEventListener('queue', (event) => {\n"
                     "  console.log(event.constructor.name, event.queue, event.messages.length);\n"
                     "  event.waitUntil(scheduler.wait(5).then(() => event.ackAll()));\n"
                     "});");
  auto script = std::make_shared<bundle::Bundle>(*part.bundle);
  script->serviceWorker = true;
  inChain({sending(kMessages + "results.push(await sent(() => env.B.scheduled({ cron: 'x' })));\n"
                               "results.push(await sent(() => env.B.queue('jobs', messages)));")});
  outside({{"callee", std::move(script)}});
  CHECK(get().body ==
        R"({"outcome":"ok","noRetry":true}
{"outcome":"ok","ackAll":true,"retryBatch":{"retry":false},"explicitAcks":[],"retryMessages":[]})");
  CHECK(lines == Strings{"callee log: true scheduled x", "callee log: QueueEvent jobs 3"});
}
