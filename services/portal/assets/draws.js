// Draws computed again from what the page shows, by the rules of services/kernel/rules/draw.py.
const PLACES = 10;
const text = new TextEncoder();
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const lines = (kept) => (kept === "" ? [] : kept.split("\n"));

const sha256 = async (bytes) => hexOf(await crypto.subtle.digest("SHA-256", bytes));
const keyed = (seed) => crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
const hmac = async (key, message) => hexOf(await crypto.subtle.sign("HMAC", key, text.encode(message)));

// A decimal without exponent as a whole number of 10 to the power of -scale; null for what is none.
const scaled = (decimal, scale) => {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(decimal);
  return parts && BigInt(parts[1] + (parts[2] ?? "").padEnd(scale, "0"));
};
const below = (value, rate) => {
  const scale = Math.max(...[value, rate].map((one) => (one.split(".")[1] ?? "").length));
  const [left, right] = [scaled(value, scale), scaled(rate, scale)];
  return left !== null && right !== null && left < right;
};

// The first eight bytes as a fraction of 2^64, cut to ten decimals.
const fraction = (digest) => {
  const cut = (BigInt(`0x${digest.slice(0, 16)}`) * 10n ** BigInt(PLACES)) >> 64n;
  return `0.${cut.toString().padStart(PLACES, "0")}`;
};

const goods = async (key, { purpose, subject, value, rate, selected }) => {
  const message = `${purpose}|${subject}`;
  const digest = await hmac(key, message);
  const computed = fraction(digest);
  const isSame = computed === value && below(computed, rate) === (selected === "yes");
  return { isSame, steps: { message, number: digest.slice(0, 16), value: computed } };
};

const others = async (key, { purpose, subject, eligible, drawn }) => {
  const message = `${purpose}|${subject}|…`;
  const candidates = [...new Set(lines(eligible))];
  const order = await Promise.all(candidates.map(async (one) => [await hmac(key, `${purpose}|${subject}|${one}`), one]));
  order.sort(([left], [right]) => (left < right ? -1 : 1));
  const taken = lines(drawn);
  const isSame = taken.length > 0 && taken.every((one, place) => order[place]?.[1] === one);
  return { isSame, steps: { message, order: order.map(([digest, one]) => `${digest.slice(0, 16)}… ${one}`) } };
};

const element = (name, content, kind) => {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...[content].flat());
  return made;
};

const show = (row, { isSame, steps }, words) => {
  const list = Object.entries(steps).map(([name, said]) => {
    const lines = [said].flat().map((line) => element("span", line, "code leg"));
    return element("div", [element("dt", words[name]), element("dd", lines)]);
  });
  const details = element("details", [element("summary", words.steps), element("dl", list)]);
  const verdict = element("b", isSame ? `✓ ${words.true}` : `✗ ${words.false}`, isSame ? "true" : "false");
  row.querySelector(".check").replaceChildren(element("div", [verdict, details]));
  row.classList.toggle("late", !isSame);
};

const check = async (verdict) => {
  verdict.textContent = verdict.dataset.wait;
  const { seed, commitment } = document.getElementById("seed").dataset;
  const fingerprint = await sha256(bytesOf(seed));
  const computed = document.getElementById("computed");
  computed.querySelector("dd").textContent = fingerprint;
  computed.hidden = false;
  const key = await keyed(bytesOf(seed));
  let isTrue = true;
  const table = document.querySelector("table.draws");
  for (const row of table?.tBodies[0].rows ?? []) {
    const found = await (row.dataset.purpose === "goods" ? goods : others)(key, row.dataset);
    show(row, found, table.dataset);
    isTrue &&= found.isSame;
  }
  const said = fingerprint !== commitment ? "seedFalse" : String(isTrue);
  verdict.textContent = verdict.dataset[said];
  verdict.className = said === "true" ? "verdict yes" : "verdict no";
};

const start = document.getElementById("start");
const verdict = document.getElementById("verdict");
if (!globalThis.crypto?.subtle) {
  verdict.textContent = verdict.dataset.unable;
} else {
  start.hidden = false;
  start.querySelector("button").addEventListener("click", () => check(verdict));
}
