// Stands for DoS protection: counts requests of each client to each host in windows of ten seconds.
// Date.now() is the time that workers see, in a test or a replay virtual.
const kWindow = 10_000;
const kChallengeAbove = 3;
const kDropAbove = 5;

const windows = new Map(); // "client host" -> { began, requests }

function count(key) {
  const now = Date.now();
  let window = windows.get(key);
  if (window === undefined || now - window.began >= kWindow) {
    window = { began: now, requests: 0 };
    windows.set(key, window);
  }
  window.requests += 1;
  return window;
}

function actionFor(requests) {
  if (requests > kDropAbove) return "drop";
  return requests > kChallengeAbove ? "challenge" : "pass";
}

export default {
  check({ request: { clientIp, host } }) {
    if (!clientIp) throw new TypeError("a suspect has an address");
    const { began, requests } = count(`${clientIp} ${host}`);
    const retryAfterSeconds = Math.ceil((began + kWindow - Date.now()) / 1000);
    return { verdict: { action: actionFor(requests), requests, retryAfterSeconds } };
  },

  watch() {
    const counter = {
      total({ clientIp }) {
        let requests = 0;
        for (const [key, window] of windows) {
          if (key.startsWith(`${clientIp} `)) requests += window.requests;
        }
        return { requests };
      },
    };
    return { counter };
  },
};
