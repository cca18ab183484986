// Browses the site with headless Chromium, on several hostnames, through its debugging pipe. What a
// browser asks for, and when, is its own affair: this traffic is not the same each time.
//
//   node browse.mjs HOST:PORT [--rounds N]     exit 1 where a page did not load
// CHROMIUM: the program to run; else Debian's.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const kPageSeconds = 30;
const address = process.argv[2] ?? "";
const rounds = process.argv[3] === "--rounds" ? Number(process.argv[4]) : 1;
if (!/:\d+$/.test(address) || !(rounds > 0)) {
  console.error("usage: browse.mjs HOST:PORT [--rounds N]");
  process.exit(2);
}

// A Chromium of its own with an empty profile, and the messages to and from it.
class Browser {
  constructor() {
    // Only the site is reachable: what the browser itself would ask of its maker is not traffic.
    this.profile = fs.mkdtempSync(path.join(os.tmpdir(), "flamesim-chromium-"));
    this.process = spawn(process.env.CHROMIUM ?? "chromium", [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
      "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,Translate",
      `--user-data-dir=${this.profile}`,
      `--host-resolver-rules=MAP *.example ${address}, MAP * ~NOTFOUND`,
      "--remote-debugging-pipe", "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => {
      this.process.on("exit", resolve);
      this.process.on("error", (error) => resolve(error));
    });
    this.lastId = 0;
    this.answers = new Map();
    this.listeners = new Set();
    let rest = "";
    this.process.stdio[4].on("data", (data) => {
      const messages = (rest + data).split("\0");
      rest = messages.pop();
      for (const message of messages) this.receive(JSON.parse(message));
    });
  }

  receive(message) {
    if (message.id === undefined) {
      for (const listener of [...this.listeners]) listener(message);
      return;
    }
    const { resolve, reject } = this.answers.get(message.id);
    this.answers.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.lastId;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.answers.set(id, { resolve, reject }));
  }

  event(method) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (message.method !== method) return;
        this.listeners.delete(listener);
        resolve(message.params);
      };
      this.listeners.add(listener);
    });
  }

  async close() {
    this.process.kill("SIGTERM");
    await this.ended;
    fs.rmSync(this.profile, { recursive: true, force: true });
  }
}

function orTimeOut(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${kPageSeconds} s`)),
      kPageSeconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const kPages = ["/", "/about", "/products", "/products/3", "/products/4", "/contact", "/cookies",
  "/redirect/chain/2", "/no/such/page", "/headers/odd", "/search?q=%3Cscript%3E"];
const kHosts = ["www.lamp.example", "tools.example", "shop.partner.example"];

async function browse(browser) {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  await browser.send("Page.enable", {}, sessionId);
  await browser.send("Page.setLifecycleEventsEnabled", { enabled: true }, sessionId);
  let pages = 0;
  const visit = async (url) => {
    const loaded = browser.event("Page.loadEventFired");
    const { errorText } = await browser.send("Page.navigate", { url }, sessionId);
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
    // What the page's script fetches after the load event.
    await browser.send("Runtime.evaluate", { awaitPromise: true,
      expression: "new Promise((resolve) => setTimeout(resolve, 100))" }, sessionId);
    pages++;
  };
  for (let round = 0; round < rounds; round++) {
    for (const host of kHosts) {
      for (const page of kPages) {
        const url = `http://${host}${page}`;
        await orTimeOut(visit(url), url);
      }
    }
    for (const url of ["http://nobody.example/", "http://export.example/products"]) {
      await orTimeOut(visit(url), url);
    }
  }
  return pages;
}

const browser = new Browser();
try {
  const gone = browser.ended.then((why) => {
    throw new Error(`Chromium ended (${why instanceof Error ? why.message : `exit code ${why}`})`);
  });
  const pages = await Promise.race([browse(browser), gone]);
  gone.catch(() => {});
  console.log(`browse.mjs: ${pages} pages`);
} catch (error) {
  console.error(`browse.mjs: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
