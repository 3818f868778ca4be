// Opens pages in Chromium and reports, as JSON, what a person would meet there. Usage: node browser.mjs JOB.json
// The job: {"pages": {name: path}, "axe": [names], "widths": [names], "unfolded": [names], "deep": [names]}. Tests judge the report.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync"],
});
const report = {};

async function open(name, options, use) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const seen = { console: [], requests: [], dialogs: 0 };
  page.on("console", (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.console.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { seen.dialogs += 1; dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith("data:")) seen.requests.push(request.url()); });
  const address = pathToFileURL(job.pages[name]).href;
  await page.goto(address);
  const out = await use(page);
  seen.requests = seen.requests.filter((each) => each !== address);
  await context.close();
  return { ...out, ...seen };
}

const violations = (page) => page.evaluate(async () => {
  const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map((each) => ({ id: each.id, impact: each.impact, nodes: each.nodes.map((node) => node.html.slice(0, 200)) }));
});

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const calls = (page) => page.locator("details.call:visible").count();

for (const name of Object.keys(job.pages)) {
  report[name] = { axe: {}, overflow: {} };
  for (const colorScheme of ["light", "dark"]) {
    if (!job.axe.includes(name)) continue;
    const found = await open(name, { colorScheme }, async (page) => {
      await page.evaluate(axe);
      return { violations: await violations(page), ground: await page.evaluate(() => getComputedStyle(document.body).backgroundColor) };
    });
    report[name].axe[colorScheme] = found;
  }
  for (const width of job.widths.includes(name) ? [360, 768, 1440] : []) {
    report[name].overflow[width] = await open(name, { viewport: { width, height: 800 } }, async (page) => {
      const closed = await overflow(page);
      if (await page.locator("#fold").isVisible()) await page.locator("#fold").click();
      await page.evaluate(() => { for (const each of document.querySelectorAll("details")) each.open = true; });
      const opened = await overflow(page);
      if (width > 360 || !job.unfolded.includes(name)) return { closed, opened };
      await page.evaluate(axe);
      return { closed, opened, violations: await violations(page) };
    });
  }
  if (!job.deep.includes(name)) continue;
  report[name].plain = await open(name, { javaScriptEnabled: false }, async (page) => ({
    text: await page.locator("body").innerText(),
    tools: await page.locator(".tools").isVisible(),
    calls: await calls(page),
    opened: await (async () => {
      const trail = page.locator("details.trail:visible").first();
      await trail.locator("summary").click();
      return trail.locator("dl").isVisible();
    })(),
  }));
  report[name].search = await open(name, {}, async (page) => {
    const all = await calls(page);
    await page.keyboard.press("/");
    const focused = await page.evaluate(() => document.activeElement.id);
    const steps = {};
    for (const text of ["unit_amount_decimal", "write back stripe_id__c", "no such thing at all", ""]) {
      await page.fill("#search", text);
      await page.waitForTimeout(200);
      steps[text] = {
        calls: await calls(page), said: await page.locator("#found").innerText(),
        rows: await page.locator("tr.row:visible > th").allInnerTexts(),
      };
    }
    await page.fill("#search", "nothing");
    await page.keyboard.press("Escape");
    return { all, focused, steps, after: await calls(page) };
  });
  report[name].keyboard = await open(name, {}, async (page) => {
    await page.keyboard.press("Tab");
    const skip = await page.evaluate(() => ({ text: document.activeElement.textContent, left: document.activeElement.getBoundingClientRect().left,
      outline: getComputedStyle(document.activeElement).outlineStyle }));
    await page.keyboard.press("Enter");
    const main = await page.evaluate(() => document.activeElement.id);
    const isOpen = () => page.evaluate(() => document.querySelector("details.call").open);
    const before = await isOpen();
    await page.locator("details.call > summary").first().focus();
    await page.keyboard.press("Enter");
    const toggled = (await isOpen()) !== before;
    await page.keyboard.press("Enter");
    const reached = [];
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle));
    }
    return { skip, main, toggled, reached };
  });
  report[name].links = await open(name, {}, async (page) => {
    const broken = await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((each) => each.getAttribute("href"))
      .filter((each) => !each.startsWith("#") || !document.getElementById(each.slice(1))));
    const reference = page.locator("td.value a.ref:visible").first();
    const href = await reference.getAttribute("href");
    await page.evaluate((id) => { document.getElementById(id).open = false; }, href.slice(1));
    await reference.click();
    await page.waitForTimeout(100);
    const target = await page.evaluate((id) => ({ open: document.getElementById(id).open, top: document.getElementById(id).getBoundingClientRect().top }), href.slice(1));
    return { broken, target };
  });
  report[name].print = await open(name, { colorScheme: "dark" }, async (page) => {
    await page.evaluate(() => { for (const each of document.querySelectorAll("details.call")) each.open = false; });
    await page.emulateMedia({ media: "print" });
    const style = await page.evaluate(() => {
      const body = getComputedStyle(document.body);
      const shown = (each) => document.querySelector(each).checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });
      return { ground: body.backgroundColor, ink: body.color, tools: shown(".tools"), nav: shown(".contents"), table: shown("details.call table.params") };
    });
    return { ...style, size: (await page.pdf({ format: "A4" })).length };
  });
  report[name].markup = await open(name, {}, async (page) => page.evaluate(() => ({
    scripts: document.querySelectorAll("script").length, handlers: [...document.querySelectorAll("*")].filter((each) =>
      each.getAttributeNames().some((attribute) => attribute.startsWith("on"))).length,
    figures: getComputedStyle(document.body).fontVariantNumeric,
    drawing: [...document.querySelectorAll("svg.drawing")].map((each) => ({
      title: each.querySelector("title").textContent, desc: each.querySelector("desc").textContent,
      clipped: [...each.querySelectorAll("text")].filter((text) => {
        const box = text.getBBox();
        return box.x < -1 || box.x + box.width > 961 || box.y < -1 || box.y + box.height > each.viewBox.baseVal.height + 1;
      }).map((text) => text.textContent),
    })),
  })));
}
await browser.close();
process.stdout.write(JSON.stringify(report));
