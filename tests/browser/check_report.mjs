// Checks a report in a real browser: it asks for nothing, an accessibility checker (axe) finds
// nothing, it fits a phone, works by keyboard, and prints.
//
//     node check_report.mjs REPORT.html [PRINTED.pdf]
//
// Exit status 0 when all is well, 1 with a list of what is wrong.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { DESKTOP, PHONE, openReport, withBrowser } from "./browser.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [report, pdf] = process.argv.slice(2);
if (!report) {
  console.error("usage: node check_report.mjs REPORT.html [PRINTED.pdf]");
  process.exit(2);
}
const problems = [];

const checkAccessibility = async (page, name) => {
  // What can be opened is checked, too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, help, nodes } of violations) {
    problems.push(`${name}: ${impact}: ${help} (${id}), e.g. ${nodes[0].html.slice(0, 200)}`);
  }
};

const checkWidth = async (page, name) => {
  const [content, room] = await page.evaluate(() => [document.scrollingElement.scrollWidth, window.innerWidth]);
  if (content > room) problems.push(`${name}: the page is ${content} pixels wide and has ${room}`);
};

// Names of what has the focus, one after another.
const focusOrder = async (page, nSteps) => {
  const names = [];
  for (let step = 0; step < nSteps; step += 1) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => {
      const element = document.activeElement;
      return `${element.tagName} ${element.id || element.textContent.trim().slice(0, 40)}`;
    }));
  }
  return names;
};

const checkKeyboard = async (page) => {
  const names = await focusOrder(page, 4);
  if (!names[0].includes("Skip to the numbers")) problems.push(`keyboard: begins with ${names[0]}`);
  const sortable = await page.$("table.sortable th button");
  if (sortable) {
    const details = await page.evaluateHandle((button) => button.closest("details"), sortable);
    await page.evaluate((box) => { if (box) box.open = true; }, details);
    await sortable.focus();
    await page.keyboard.press("Enter");
    const sort = await page.evaluate((button) => button.closest("th").getAttribute("aria-sort"), sortable);
    if (!sort) problems.push("keyboard: Enter on a heading does not sort");
  }
  const show = await page.$("#map-show");
  if (show && (await page.$$("#map-show option")).length > 1) {
    const before = await page.evaluate(() => document.querySelector("#map-status").textContent);
    await page.focus("#map-next");
    await page.keyboard.press("Enter");
    const after = await page.evaluate(() => document.querySelector("#map-status").textContent);
    if (before === after) problems.push("keyboard: Enter on `Next map` says nothing to a screen reader");
  }
};

const printPage = async (page) => {
  await page.emulateMediaType("print");
  const bytes = await page.pdf({ format: "A4", printBackground: true });
  if (bytes.length < 5000) problems.push("print: the PDF is empty");
  if (pdf) writeFileSync(pdf, bytes);
};

await withBrowser(async (browser) => {
  const path = resolve(report);
  for (const [device, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    for (const scheme of ["light", "dark"]) {
      const page = await openReport(browser, path, { viewport, scheme, problems });
      const name = `${device}, ${scheme}`;
      await checkWidth(page, name);
      await checkAccessibility(page, name);
      await checkWidth(page, `${name}, everything open`);
      await page.close();
    }
  }
  const page = await openReport(browser, path, { viewport: DESKTOP, problems });
  await checkKeyboard(page);
  await page.close();
  const printed = await openReport(browser, path, { viewport: DESKTOP, problems });
  await printPage(printed);
});

for (const problem of new Set(problems)) console.error(problem);
console.log(problems.length === 0 ? "The report is fine in a browser." : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
